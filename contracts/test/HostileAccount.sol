// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/* solhint-disable avoid-low-level-calls */

/// @title An account without manners: several calls in one transaction, and more through every callback there is
/// @dev For tests only.
contract HostileAccount {
    struct Call {
        address target;
        bytes data;
    }

    bytes4 private constant ERC1271_MAGIC = 0x1626ba7e;

    /// @notice How often it was called back, and what came of the calls that it then tried.
    uint256 public sprung;
    uint256 public succeeded;
    bytes[] public answers;
    bool public refusing;
    Call[] private _traps;

    error HostileAccount_Refused();

    receive() external payable {
        _spring();
    }

    fallback() external payable {
        _spring();
    }

    /// @notice All or nothing, in one transaction.
    function run(Call[] calldata calls) external {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, bytes memory result) = calls[i].target.call(calls[i].data);
            if (ok) continue;
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    /// @notice What the next callback tries.
    function arm(Call[] calldata traps) external {
        delete _traps;
        for (uint256 i = 0; i < traps.length; ++i) _traps.push(traps[i]);
    }

    /// @notice From now on every callback reverts.
    function refuse() external {
        refusing = true;
    }

    /// @notice ERC-1271, called statically: it can note nothing, so it says yes iff the calls went through.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        for (uint256 i = 0; i < _traps.length; ++i) {
            (bool ok, ) = _traps[i].target.call(_traps[i].data);
            if (!ok) return bytes4(0);
        }
        return ERC1271_MAGIC;
    }

    function _spring() private {
        if (refusing) revert HostileAccount_Refused();
        ++sprung;
        Call[] memory traps = _traps;
        // Once: a trap that springs itself would only run out of gas.
        delete _traps;
        for (uint256 i = 0; i < traps.length; ++i) {
            (bool ok, bytes memory answer) = traps[i].target.call(traps[i].data);
            answers.push(answer);
            if (ok) ++succeeded;
        }
    }
}
