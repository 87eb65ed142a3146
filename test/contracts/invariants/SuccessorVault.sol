// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A vault that only receives
contract SuccessorVault {
    function isX0TVault() external pure returns (bool) {
        return true;
    }
}
