// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The few cheat codes that these tests use
interface Vm {
    function warp(uint256 timestamp) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function prevrandao(bytes32 randomness) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function assume(bool condition) external pure;
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool done);
}

abstract contract WithVm {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Unequal(string rule, uint256 left, uint256 right);
    error Broken(string rule);

    function equal(uint256 left, uint256 right, string memory rule) internal pure {
        if (left != right) revert Unequal(rule, left, right);
    }

    function check(bool condition, string memory rule) internal pure {
        if (!condition) revert Broken(rule);
    }

    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + (value % (most - least + 1));
    }
}
