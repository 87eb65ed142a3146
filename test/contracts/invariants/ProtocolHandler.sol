// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IProofLedger} from "../../../contracts/interfaces/IProofLedger.sol";
import {IX0TToken} from "../../../contracts/interfaces/IX0TToken.sol";
import {Refusals} from "./acts/Refusals.sol";
import {TokenActs} from "./acts/TokenActs.sol";

/// @title Everything people do with the protocol, in any order
/// @dev It starts with a past, so that 64 acts reach what takes many epochs: final commits and lies to enforce, leases
/// to settle, and motions in every stage.
contract ProtocolHandler is TokenActs, Refusals {
    constructor() {
        vm.warp(1_800_000_000);
        IX0TToken.Allocation[] memory allocations = new IX0TToken.Allocation[](ACTORS);
        for (uint256 i = 0; i < ACTORS; ++i) {
            _actors.push(vm.addr(0xac7001 + i));
            allocations[i] = IX0TToken.Allocation({account: _actors[i], amount: 100_000 ether});
        }
        deploy(allocations);
        for (uint256 i = 0; i < ACTORS; ++i) {
            vm.startPrank(_actors[i]);
            for (uint256 j = 0; j < 5; ++j) token.approve(vaults()[j], type(uint256).max);
            vm.stopPrank();
            check(_register(_actors[i], (i + 1) * 700 ether), "a node a head");
        }
        _live();
    }

    function protocol() external view returns (address[9] memory) {
        return [
            address(token),
            address(timelock),
            address(seat),
            address(registry),
            address(ledger),
            address(rewards),
            address(channels),
            address(marketplace),
            address(governor)
        ];
    }

    /// @dev A week in which two nodes earn the bonus (PRF-3) and the others sleep, then eight epochs of ordinary life.
    function _live() private {
        uint64 epoch = ledger.currentEpoch() + 2;
        for (uint64 end = epoch + 172; epoch < end; ++epoch) {
            vm.warp((epoch + 1) * EPOCH);
            for (uint32 node = 0; node < 2; ++node) {
                vm.prank(_actors[node]);
                ledger.commit(IProofLedger.CommitArgs(node, epoch, 0xfff, 0, 1, 0));
            }
        }
        for (uint256 i = 0; i < ACTORS; ++i) {
            list(i, 30 ether + 2 * i + 1, 5_000 + i, 16);
            open(i, i + 1, 1_000 ether);
            unstake(i, 17);
        }
        for (uint256 i = 0; i < 8; ++i) {
            vm.warp((epoch + i) * EPOCH + 5);
            poke(keccak256(abi.encode(i)));
            for (uint256 node = 0; node < 4; ++node) {
                if ((node + i) % 4 == 0) commitTruth(node, i);
                else commitLie(node, 1);
            }
            if (i < 4) rent(i, i + 2, 4 * i + 7);
            if (i == 4 || i == 5) reject(i, 0);
            if (i % 2 == 0) challenge(0, i, 1);
            if (i % 3 == 1) challengeTruth(0, i);
            if (i == 6) enforce(0);
            if (i == 5) startClose(0, 1);
            // Whichever comes first: most of the reserve moves, or it drains fast from then on.
            if (i == 2) propose(i, uint256(Kind.SetParameters), 300_000_000 ether);
            if (i == 3) propose(i, uint256(Kind.Migrate), 1);
            if (i == 7) propose(i, uint256(Kind.SetGuardian), 1);
            vm.warp((epoch + i) * EPOCH + 320);
            if (i < 7) voteAll(1, 0);
            if (i < 5) queue(i);
        }
    }
}
