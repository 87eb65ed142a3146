// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A payee or target that calls back whom it was told to, once a transaction
contract Reentrant {
    address public target;
    bytes public data;
    bool public bubbles;
    bool public succeeded;
    bytes public answer;
    bool private _entered;

    /// @param bubbles_ whether a failure of the call is passed on.
    function arm(address target_, bytes calldata data_, bool bubbles_) external {
        (target, data, bubbles) = (target_, data_, bubbles_);
    }

    function strike() external payable {
        if (_entered) return;
        _entered = true;
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, answer) = target.call(data);
        _entered = false;
        bytes memory reason = answer;
        if (succeeded || !bubbles) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }
}
