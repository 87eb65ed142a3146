// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Trace} from "./Trace.sol";

/// @title Sums of draw weights over node indices, with history by epoch (REG-7)
/// @dev A Fenwick tree: position p (from 1) holds the sum of the lowbit(p) weights that end at index p − 1. Its depth
/// is bounded by DEPTH, so every function costs bounded gas. One checkpoint per position and epoch.
library StakeTree {
    using Trace for Trace.Checkpoints;

    uint256 internal constant DEPTH = 24;
    // forge-lint: disable-next-line(incorrect-shift) a power of two
    uint256 internal constant CAPACITY = 1 << DEPTH;

    struct Tree {
        uint32 size;
        Trace.Checkpoints total;
        mapping(uint256 position => Trace.Checkpoints) sums;
    }

    /// @dev The caller keeps size < CAPACITY.
    function append(Tree storage self, uint128 weight, uint48 epoch) internal returns (uint32 index) {
        index = self.size;
        uint256 position = uint256(index) + 1;
        self.size = index + 1;
        uint128 sum = weight;
        uint256 lowbit = position & (~position + 1);
        for (uint256 step = 1; step < lowbit; step <<= 1) sum += self.sums[position - step].latest();
        self.sums[position].push(epoch, sum);
        self.total.push(epoch, self.total.latest() + weight);
    }

    function change(Tree storage self, uint32 index, uint128 from, uint128 to, uint48 epoch) internal {
        if (from == to) return;
        uint256 size = self.size;
        for (uint256 position = uint256(index) + 1; position <= size; position += position & (~position + 1)) {
            Trace.Checkpoints storage sum = self.sums[position];
            sum.push(epoch, sum.latest() + to - from);
        }
        self.total.push(epoch, self.total.latest() + to - from);
    }

    function totalAt(Tree storage self, uint256 epoch) internal view returns (uint256 total) {
        (, total) = self.total.lookup(epoch);
    }

    /// @notice Σ of the weights of all indices below `index`, and the weight of `index` itself, 0 if it is unknown.
    function place(
        Tree storage self,
        uint32 index,
        uint256 epoch
    ) internal view returns (uint256 sum, uint256 weight) {
        uint256 own = uint256(index) + 1;
        (bool found, uint128 part) = self.sums[own].lookup(epoch);
        // What stands at `own` is the sum from here on, and its own weight the last part of it.
        uint256 from = own & (own - 1);
        uint256 inner = 0;
        weight = part;
        for (uint256 position = index; position > 0; position &= position - 1) {
            (, part) = self.sums[position].lookup(epoch);
            sum += part;
            if (position > from) inner += part;
        }
        weight = found ? weight - inner : 0;
    }

    /// @notice The first index whose running sum exceeds `point`, the sum before it, its weight. Needs point < total.
    function find(
        Tree storage self,
        uint256 point,
        uint256 epoch
    ) internal view returns (uint32 index, uint256 sum, uint256 weight) {
        uint256 size = self.size;
        uint256 position = 0;
        // Of all indices that `position` and the steps to come leave; in the end of one.
        weight = totalAt(self, epoch);
        for (uint256 step = highestBit(size); step > 0; step >>= 1) {
            uint256 next = position + step;
            if (next > size) continue;
            // A position without a checkpoint then did not exist then: everything lies to its left.
            (bool found, uint128 part) = self.sums[next].lookup(epoch);
            if (!found) continue;
            if (sum + part <= point) {
                sum += part;
                position = next;
                weight -= part;
            } else weight = part;
        }
        // forge-lint: disable-next-line(unsafe-typecast) below 2^24
        index = uint32(position);
    }

    function highestBit(uint256 value) private pure returns (uint256 bit) {
        bit = value == 0 ? 0 : 1;
        while (value > 1) {
            value >>= 1;
            bit <<= 1;
        }
    }
}
