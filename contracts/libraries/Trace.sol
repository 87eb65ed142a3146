// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A value with its whole history, the newest checkpoint in one storage slot
/// @dev Like OpenZeppelin's Checkpoints, but the common question ("what is it now, or since long?") costs one read
/// and a first checkpoint one write: REG-7 keeps up to 25 of these per stake change. Keys are positive and never fall.
library Trace {
    struct Checkpoint {
        uint48 key;
        uint128 value;
        // How many older checkpoints there are.
        uint48 older;
    }

    struct Checkpoints {
        Checkpoint head;
        mapping(uint256 position => Checkpoint) past;
    }

    function latest(Checkpoints storage self) internal view returns (uint128) {
        return self.head.value;
    }

    /// @dev A second push under one key replaces the value: only the last state of a block or an epoch counts.
    function push(Checkpoints storage self, uint48 key, uint128 value) internal {
        Checkpoint memory head = self.head;
        if (head.key == key) {
            self.head.value = value;
            return;
        }
        assert(head.key < key);
        uint48 older = 0;
        if (head.key != 0) {
            self.past[head.older] = head;
            older = head.older + 1;
        }
        self.head = Checkpoint({key: key, value: value, older: older});
    }

    /// @return found whether there was a checkpoint with a key ≤ `key`. @return value of the last such checkpoint.
    function lookup(Checkpoints storage self, uint256 key) internal view returns (bool found, uint128 value) {
        Checkpoint memory checkpoint = self.head;
        if (checkpoint.key <= key) return (checkpoint.key != 0, checkpoint.value);
        uint256 high = checkpoint.older;
        if (high == 0) return (false, 0);
        // Keys rise by one at least, so at most `reach` checkpoints lie above `key`, the newest among them. So it is
        // how long ago `key` was that counts, not how long the history is.
        uint256 reach = checkpoint.key - key;
        uint256 low = high > reach ? high - reach : 0;
        // Most questions about the past are about the one before the newest.
        checkpoint = self.past[--high];
        if (checkpoint.key <= key) return (true, checkpoint.value);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.past[middle].key > key) high = middle;
            else low = middle + 1;
        }
        return high == 0 ? (false, 0) : (true, self.past[high - 1].value);
    }
}
