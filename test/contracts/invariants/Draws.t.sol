// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RegistryHarness} from "../../../contracts/test/RegistryHarness.sol";
import {Bits} from "../../../contracts/libraries/Bits.sol";
import {WithVm} from "./Vm.sol";

/// @title Draws, weights and shares against their plain definitions
contract DrawsTest is WithVm {
    uint64 private constant EPOCH = 600;
    uint256 private constant NODES = 37;

    RegistryHarness private registry;

    function setUp() public {
        vm.warp(1_800_000_000);
        registry = new RegistryHarness(EPOCH);
    }

    /// @notice REG-7: the tree draws as a walk over all weights does, in every epoch of a history.
    function testFuzz_REG7_drawEqualsTheWalk(uint256 seed, uint32 excluded, uint8 count) public {
        uint256 nodes = bound(seed, 1, NODES);
        uint64 first = uint64(block.timestamp) / EPOCH;
        for (uint64 epoch = first; epoch < first + 4; ++epoch) {
            vm.warp(uint256(epoch) * EPOCH + 5);
            _shuffle(uint256(keccak256(abi.encode(seed, epoch))), nodes);
        }
        for (uint64 epoch = first; epoch < first + 6; ++epoch) {
            bytes32 entropy = keccak256(abi.encode(seed, epoch, "draw"));
            uint32 out = uint32(bound(excluded, 0, nodes + 1));
            uint32[] memory drawn = registry.draw(entropy, epoch, out, count % 6);
            uint32[] memory walked = _walk(entropy, epoch, out, count % 6);
            equal(drawn.length, walked.length, "REG-7 how many");
            for (uint256 i = 0; i < drawn.length; ++i) equal(drawn[i], walked[i], "REG-7 who");
        }
    }

    /// @notice PRF-2, REW-2: shares of an epoch do not add up to more than it earned, and a split gains nothing.
    function testFuzz_REW2_sharesNeverExceedWhatWasEarned(
        uint96[8] memory stakes,
        uint96 earned,
        uint8 slots
    ) public pure {
        slots = uint8(bound(slots, 1, 12));
        uint256 total = 0;
        uint256[8] memory weights;
        for (uint256 i = 0; i < 8; ++i) {
            weights[i] = (uint256(stakes[i] % 1e27) * slots) / 12;
            total += weights[i];
        }
        vm.assume(total > 0);
        uint256 sum = 0;
        for (uint256 i = 0; i < 8; ++i) sum += Math.mulDiv(earned, weights[i], total);
        check(sum <= earned, "REW-4");
        uint256 whole = Math.mulDiv(earned, weights[0] + weights[1], total);
        uint256 split = Math.mulDiv(earned, weights[0], total) + Math.mulDiv(earned, weights[1], total);
        check(split <= whole, "REW-2");
        // What the contract computes in 256 bits is what full precision gives.
        equal((uint256(earned) * weights[0]) / total, Math.mulDiv(earned, weights[0], total), "REW-2 overflow");
    }

    function testFuzz_PRF2_popcount(uint128 bitmap) public pure {
        uint256 count = 0;
        for (uint256 i = 0; i < 128; ++i) count += (bitmap >> i) & 1;
        equal(Bits.count(bitmap), count, "PRF-2");
    }

    /// @dev Grows the register and changes about half of it.
    function _shuffle(uint256 seed, uint256 nodes) private {
        uint256 known = registry.nodeCount();
        uint256 grow = bound(seed, 0, nodes - known);
        uint256[] memory weights = new uint256[](grow);
        for (uint256 i = 0; i < grow; ++i) weights[i] = _weight(seed, i);
        registry.fill(weights);
        for (uint32 node = 0; node < known; ++node) {
            uint256 dice = uint256(keccak256(abi.encode(seed, node, "dice"))) % 6;
            if (dice == 0) registry.set(node, 0);
            else if (dice < 3) registry.set(node, _weight(seed, 1000 + node));
            else if (dice == 3) registry.setBenched(node, true);
            else if (dice == 4) registry.setBenched(node, false);
        }
    }

    function _weight(uint256 seed, uint256 salt) private pure returns (uint256) {
        uint256 random = uint256(keccak256(abi.encode(seed, salt)));
        return random % 7 == 0 ? 1 : random % (10 ** (18 + (random % 9)));
    }

    /// @dev The definition in INodeRegistry, word for word.
    function _walk(
        bytes32 entropy,
        uint64 epoch,
        uint32 excluded,
        uint256 count
    ) private view returns (uint32[] memory drawn) {
        uint32 nodes = registry.nodeCount();
        uint256[] memory weights = new uint256[](nodes);
        uint256 remaining = 0;
        for (uint32 node = 0; node < nodes; ++node) {
            if (node == excluded) continue;
            weights[node] = registry.drawWeightAt(node, epoch);
            remaining += weights[node];
        }
        drawn = new uint32[](count);
        uint256 size = 0;
        for (; size < count && remaining > 0; ++size) {
            uint256 point = uint256(keccak256(abi.encode(entropy, size))) % remaining;
            uint32 node = 0;
            while (point >= weights[node]) point -= weights[node++];
            drawn[size] = node;
            remaining -= weights[node];
            weights[node] = 0;
        }
        assembly {
            mstore(drawn, size)
        }
    }
}
