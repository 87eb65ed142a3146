// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ProofActs} from "./ProofActs.sol";

/// @title Claims, each checked against what it should pay
abstract contract RewardActs is ProofActs {
    /// @dev What a final epoch was when it was first looked at (PRF-5).
    struct Final {
        uint32 node;
        uint64 epoch;
        uint256 uptime;
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
        uint64[] memory list = new uint64[](count + 1);
        uint256 expected = 0;
        uint256 size = 0;
        uint256 left = rewards.unallocated();
        for (; size < count && ledger.isFinal(epoch) && !rewards.isClaimed(node, epoch); ++epoch) {
            uint256 share;
            (share, left) = _share(node, epoch, left);
            if (size == 0) equal(rewards.claimable(node, epoch), share, "REW-3 claimable");
            list[size++] = epoch;
            paidOf[epoch] += share;
            expected += share;
            (uint256 uptime, uint256 weight) = (_uptime(node, epoch), ledger.weightOf(node, epoch));
            _finals.push(Final(node, epoch, uptime, weight, ledger.totalWeight(epoch)));
        }
        // REW-3: a second time it counts for nothing.
        list[size++] = list[0];
        assembly ("memory-safe") {
            mstore(list, size)
        }
        address operator = registry.operatorOf(node);
        uint256 before = token.balanceOf(operator);
        equal(rewards.claim(node, list), expected, "REW-2 the shares");
        equal(token.balanceOf(operator), before + expected - expected / 100, "REW-3 paid, net");
        burned += expected / 100;
        if (expected > 0) _did("claimSomething");
    }

    /// @dev REW-1 and REW-2 in plain words. @param left what no epoch has earned yet; next, what it is after this one.
    function _share(uint32 node, uint64 epoch, uint256 left) private view returns (uint256 share, uint256 next) {
        (bool opened, uint256 earned) = rewards.earnedOf(epoch);
        uint256 total = ledger.totalWeight(epoch);
        if (total == 0) return (0, left);
        if (!opened) {
            uint256 target = rewards.targetStakeAt(epoch);
            earned = (rewards.poolPerEpochAt(epoch) * total) / (total > target ? total : target);
            if (earned > left) earned = left;
            left -= earned;
        }
        return ((earned * ledger.weightOf(node, epoch)) / total, left);
    }
}
