// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {World} from "../World.sol";

/// @title Claims, each checked against what it should pay
abstract contract RewardActs is World {
    /// @dev What a final epoch was when it was first looked at (PRF-5).
    struct Final {
        uint32 node;
        uint64 epoch;
        uint8 uptime;
        uint256 weight;
        uint256 total;
    }

    Final[] internal _finals;
    /// @notice Σ of what the claims of an epoch took, wei.
    mapping(uint64 epoch => uint256) public paidOf;

    function finals() external view returns (Final[] memory) {
        return _finals;
    }

    function claim(uint256 seed, uint256 count) external {
        uint256 start = seed % 4096;
        for (uint256 i = 0; i < _epochs.length; ++i) {
            (uint32 node, uint64 epoch) = (_node(start), _epochs[(start / 9 + i) % _epochs.length]);
            if (!ledger.isFinal(epoch) || rewards.isClaimed(node, epoch)) continue;
            _claim(node, epoch, bound(count, 1, 3));
            _did("claim");
            return;
        }
    }

    /// @dev `count` epochs from `epoch` on, as far as they are final and unclaimed.
    function _claim(uint32 node, uint64 epoch, uint256 count) private {
        uint64[] memory list = new uint64[](count);
        uint256 expected = 0;
        uint256 size = 0;
        for (; size < count && ledger.isFinal(epoch) && !rewards.isClaimed(node, epoch); ++epoch) {
            uint256 share = rewards.claimable(node, epoch);
            list[size++] = epoch;
            paidOf[epoch] += share;
            expected += share;
            (uint8 uptime, uint256 weight) = (ledger.uptimeOf(node, epoch), ledger.weightOf(node, epoch));
            _finals.push(Final(node, epoch, uptime, weight, ledger.totalWeight(epoch)));
        }
        assembly ("memory-safe") {
            mstore(list, size)
        }
        address operator = registry.operatorOf(node);
        uint256 before = token.balanceOf(operator);
        equal(rewards.claim(node, list), expected, "REW-3 a claim pays what claimable said");
        equal(token.balanceOf(operator), before + expected - expected / 100, "REW-3 paid, net");
        burned += expected / 100;
        if (expected > 0) _did("claimSomething");
    }
}
