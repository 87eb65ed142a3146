// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {HostileAccount} from "./HostileAccount.sol";

/// @title Many accounts in one hand: what somebody does who splits over wallets. For tests only
contract Crowd {
    address[] public members;
    address private immutable _template = address(new HostileAccount());

    function grow(uint256 count) external {
        for (uint256 i = 0; i < count; ++i) members.push(Clones.clone(_template));
    }

    /// @notice Member `first + i` calls `target` with `data[i]`.
    function eachOf(uint256 first, address target, bytes[] calldata data) external {
        HostileAccount.Call[] memory calls = new HostileAccount.Call[](1);
        for (uint256 i = 0; i < data.length; ++i) {
            calls[0] = HostileAccount.Call({target: target, data: data[i]});
            HostileAccount(payable(members[first + i])).run(calls);
        }
    }

    function all() external view returns (address[] memory) {
        return members;
    }
}
