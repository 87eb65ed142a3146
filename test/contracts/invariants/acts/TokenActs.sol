// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {World} from "../World.sol";

/// @title Time, the seeds, and X0T that changes hands
abstract contract TokenActs is World {
    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, time % 64 == 0 ? 20 * EPOCH : EPOCH));
        _did("wait");
    }

    function waitForTheNextEpoch(uint256 time) external {
        vm.warp((ledger.currentEpoch() + 1) * EPOCH + bound(time, 0, EPOCH / 2));
        _did("waitForTheNextEpoch");
    }

    /// @dev So that windows of several epochs pass: unbonding, closing, finality.
    function waitForEpochs(uint256 time) external {
        vm.warp((ledger.currentEpoch() + bound(time, 2, 6)) * EPOCH + bound(time / 7, 0, EPOCH / 2));
        _did("waitForEpochs");
    }

    function poke(bytes32 randomness) public {
        vm.prevrandao(randomness);
        ledger.poke();
        _did("poke");
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        (address sender, address receiver) = (_actor(from), _actor(to));
        amount = bound(amount, 0, token.balanceOf(sender) / 4);
        uint256 before = token.balanceOf(receiver);
        uint256 fee = sender == receiver ? 0 : amount / 100;
        vm.prank(sender);
        token.transfer(receiver, amount);
        equal(token.balanceOf(receiver), sender == receiver ? before : before + amount - fee, "TOK-2 received");
        burned += fee;
        _did("transfer");
    }

    function donate(uint256 from, uint256 to, uint256 amount) external {
        (address sender, address vault) = (_actor(from), vaults()[to % 5]);
        amount = bound(amount, 0, token.balanceOf(sender) / 16);
        uint256 fee = _isActiveVault(vault) ? 0 : amount / 100;
        vm.prank(sender);
        token.transfer(vault, amount);
        burned += fee;
        surplus[vault] += amount - fee;
        _did("donate");
    }

    function burn(uint256 from, uint256 amount) external {
        address sender = _actor(from);
        amount = bound(amount, 0, token.balanceOf(sender) / 16);
        vm.prank(sender);
        token.burn(amount);
        burned += amount;
        _did("burn");
    }

    /// @dev TOK-4. A retired vault comes back more often than one goes.
    function retire(uint256 seed) external {
        address vault = vaults()[seed % 5];
        for (uint256 i = 0; i < 5; ++i) {
            if (_isActiveVault(vaults()[i])) continue;
            vm.prank(address(timelock));
            token.addVault(vaults()[i]);
            _did("reinstate");
            return;
        }
        if ((seed / 5) % 2 == 0) return;
        vm.prank(address(timelock));
        token.removeVault(vault);
        _did("retire");
    }
}
