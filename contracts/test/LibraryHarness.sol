// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Bits} from "../libraries/Bits.sol";
import {StakeTree} from "../libraries/StakeTree.sol";
import {Trace} from "../libraries/Trace.sol";

/// @title The libraries by themselves. For tests only
contract LibraryHarness {
    using StakeTree for StakeTree.Tree;
    using Trace for Trace.Checkpoints;

    Trace.Checkpoints private _trace;
    StakeTree.Tree private _tree;

    function push(uint48 key, uint128 value) external {
        _trace.push(key, value);
    }

    function append(uint128 weight, uint48 epoch) external {
        _tree.append(weight, epoch);
    }

    function change(uint32 index, uint128 from, uint128 to, uint48 epoch) external {
        _tree.change(index, from, to, epoch);
    }

    function latest() external view returns (uint128) {
        return _trace.latest();
    }

    function lookup(uint256[] calldata keys) external view returns (bool[] memory found, uint128[] memory values) {
        found = new bool[](keys.length);
        values = new uint128[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) (found[i], values[i]) = _trace.lookup(keys[i]);
    }

    function totalAt(uint256 epoch) external view returns (uint256) {
        return _tree.totalAt(epoch);
    }

    function before(uint32[] calldata indices, uint256 epoch) external view returns (uint256[] memory sums) {
        sums = new uint256[](indices.length);
        for (uint256 i = 0; i < indices.length; ++i) (sums[i], ) = _tree.place(indices[i], epoch);
    }

    function find(
        uint256[] calldata points,
        uint256 epoch
    ) external view returns (uint32[] memory indices, uint256[] memory sums) {
        indices = new uint32[](points.length);
        sums = new uint256[](points.length);
        for (uint256 i = 0; i < points.length; ++i) (indices[i], sums[i], ) = _tree.find(points[i], epoch);
    }

    function count(uint128[] calldata bitmaps) external pure returns (uint8[] memory counts) {
        counts = new uint8[](bitmaps.length);
        for (uint256 i = 0; i < bitmaps.length; ++i) counts[i] = Bits.count(bitmaps[i]);
    }
}
