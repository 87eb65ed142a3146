// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TToken} from "../interfaces/IX0TToken.sol";

/// @title A token of any supply that lets everything pass and writes it down, without a burn. For tests only
contract RecordingToken {
    mapping(address account => uint256) public balanceOf;
    /// @notice What vaults paid to an account, before the burn; what they refunded; what they burned.
    mapping(address account => uint256) public paid;
    mapping(address account => uint256) public refunded;
    uint256 public burned;

    function setBalance(address account, uint256 amount) external {
        balanceOf[account] = amount;
    }

    function transferFrom(address, address to, uint256 amount) external returns (bool) {
        balanceOf[to] += amount;
        return true;
    }

    function pay(address to, uint256 amount) external returns (uint256) {
        balanceOf[msg.sender] -= amount;
        paid[to] += amount;
        return amount;
    }

    function refund(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        refunded[to] += amount;
    }

    function burn(uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        burned += amount;
    }

    function vaultStatus(address) external pure returns (IX0TToken.VaultStatus) {
        return IX0TToken.VaultStatus.Active;
    }
}
