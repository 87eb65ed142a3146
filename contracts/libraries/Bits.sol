// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Bit counting over slot bitmaps
library Bits {
    /// @notice How many bits are set.
    function count(uint128 bitmap) internal pure returns (uint8) {
        unchecked {
            uint256 x = bitmap;
            x -= (x >> 1) & 0x55555555555555555555555555555555;
            x = (x & 0x33333333333333333333333333333333) + ((x >> 2) & 0x33333333333333333333333333333333);
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            // The byte sums (≤ 128) gather in byte 15.
            return uint8((x * 0x01010101010101010101010101010101) >> 120);
        }
    }
}
