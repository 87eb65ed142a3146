// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What the token asks of a contract before it becomes a vault (TOK-4)
interface IX0TVault {
    function isX0TVault() external view returns (bool);
}
