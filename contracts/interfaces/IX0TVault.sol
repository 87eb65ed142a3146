// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What the token asks of a contract before it becomes a vault (TOK-4)
interface IX0TVault {
    /// @notice The token does not (or no longer) count this contract as an active vault: it takes no deposits.
    error X0TVault_NotActive(address vault);

    function isX0TVault() external view returns (bool);
}
