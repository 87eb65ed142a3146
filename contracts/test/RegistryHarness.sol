// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardianSeat} from "../interfaces/IGuardianSeat.sol";
import {IX0TToken} from "../interfaces/IX0TToken.sol";
import {NodeRegistry} from "../NodeRegistry.sol";

/// @title A registry whose stakes are simply set: what the draws see, without keys and tokens. For tests only
contract RegistryHarness is NodeRegistry {
    constructor(
        uint64 epochSeconds
    )
        NodeRegistry(
            Parameters({
                token: IX0TToken(address(1)),
                seat: IGuardianSeat(address(1)),
                epochSeconds: epochSeconds,
                commitSeconds: 0,
                challengeSeconds: 0,
                responseSeconds: 0,
                unbondingSeconds: 2 * epochSeconds,
                slashBps: 1,
                minStake: 1
            })
        )
    {}

    function fill(uint256[] calldata weights) external {
        for (uint256 i = 0; i < weights.length; ++i) _appendNode(msg.sender, weights[i]);
    }

    function set(uint32 node, uint256 amount) external {
        _setStake(node, msg.sender, amount);
    }

    function setMany(uint32 first, uint256[] calldata amounts) external {
        for (uint32 i = 0; i < amounts.length; ++i) _setStake(first + i, msg.sender, amounts[i]);
    }

    function setBenched(uint32 node, bool benched) external {
        _setBenched(node, benched);
    }

    function drawGas(bytes32 entropy, uint64 epoch, uint32 excluded, uint256 count) external view returns (uint256) {
        uint256 before = gasleft();
        this.draw(entropy, epoch, excluded, count);
        return before - gasleft();
    }
}
