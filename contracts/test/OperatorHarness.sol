// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IX0TToken} from "../interfaces/IX0TToken.sol";

/// @title An operator of very many nodes, who registers them in batches. For tests only
contract OperatorHarness {
    INodeRegistry private immutable registry;

    constructor(INodeRegistry registry_, IX0TToken token) {
        registry = registry_;
        token.approve(address(registry_), type(uint256).max);
    }

    function registerAll(
        bytes32[] calldata nodeIds,
        address[] calldata witnesses,
        bytes[] calldata proofs,
        uint256 stake
    ) external {
        for (uint256 i = 0; i < nodeIds.length; ++i) {
            registry.register(nodeIds[i], witnesses[i], nodeIds[i], stake, proofs[i]);
        }
    }
}
