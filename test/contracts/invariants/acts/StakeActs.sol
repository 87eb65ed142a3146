// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {World} from "../World.sol";

/// @title Nodes come, grow, shrink, rotate their keys and go idle
abstract contract StakeActs is World {
    uint256 private constant MAX_NODES = 9;

    /// @dev The witness key in force and the one of each epoch, as the handler knows them (REG-1).
    mapping(uint32 node => uint256) internal _generation;
    mapping(uint32 node => mapping(uint256 generation => uint64)) internal _signsFrom;

    function register(uint256 actor, uint256 amount) external {
        uint256 balance = token.balanceOf(_actor(actor));
        if (balance < 2 * MIN_STAKE || registry.nodeCount() >= MAX_NODES) return;
        if (_register(_actor(actor), bound(amount, MIN_STAKE, balance / 2))) _did("register");
    }

    function stake(uint256 seed, uint256 amount) external {
        uint32 node = _node(seed);
        address operator = registry.operatorOf(node);
        uint256 balance = token.balanceOf(operator);
        if (balance < 4) return;
        amount = bound(amount, 1, balance / 4);
        bytes memory data = abi.encodeCall(registry.stake, (node, amount));
        if (_enter(operator, address(registry), true, data)) _did("stake");
    }

    function unstake(uint256 seed, uint256 amount) public {
        uint32 node = _node(seed);
        INodeRegistry.Node memory it = registry.getNode(node);
        if (it.stake == 0) return;
        // Mostly a part; whole exits are rare enough for the mesh to live.
        amount = amount % 16 == 0 ? it.stake : bound(amount, 1, it.stake / 4 + 1);
        vm.prank(it.operator);
        registry.unstake(node, amount);
        _did("unstake");
    }

    function withdraw(uint256 seed) external {
        for (uint256 i = 0; i < registry.nodeCount(); ++i) {
            uint32 node = _node(seed % MAX_NODES + i);
            INodeRegistry.Node memory it = registry.getNode(node);
            if (it.unbonding == 0 || block.timestamp < it.unbondsAt || ledger.isUnderChallenge(node)) continue;
            uint256 before = token.balanceOf(it.operator);
            vm.prank(it.operator);
            registry.withdraw(node);
            equal(token.balanceOf(it.operator), before + it.unbonding, "REG-3 a withdrawal is whole");
            _did("withdraw");
            return;
        }
    }

    function rotateWitness(uint256 seed) external {
        uint32 node = _node(seed);
        address operator = registry.operatorOf(node);
        uint256 generation = ++_generation[node];
        _signsFrom[node][generation] = ledger.currentEpoch() + 1;
        uint256 key = _keyOf(node, generation);
        bytes memory proof = _possession(operator, registry.getNode(node).nodeId, key);
        vm.prank(operator);
        registry.rotateWitness(node, vm.addr(key), proof);
        _did("rotateWitness");
    }

    function bench(uint256 seed) external {
        for (uint256 i = 0; i < registry.nodeCount(); ++i) {
            uint32 node = _node(seed % MAX_NODES + i);
            if (registry.getNode(node).benched) continue;
            // Idle for twelve final epochs or not: REG-7's own tests say when.
            try registry.bench(node) {
                _did("bench");
                return;
            } catch {
                continue;
            }
        }
    }

    function _register(address actor, uint256 amount) internal returns (bool) {
        uint32 node = registry.nodeCount();
        uint256 key = _keyOf(node, 0);
        bytes32 nodeId = keccak256(abi.encode("node", node));
        bytes memory proof = _possession(actor, nodeId, key);
        bytes memory data = abi.encodeCall(registry.register, (nodeId, vm.addr(key), 0, amount, proof));
        return _enter(actor, address(registry), true, data);
    }

    /// @dev The key that signs `node`'s receipts of `epoch`: of several rotations in one epoch the last counts.
    function _witnessKeyAt(uint32 node, uint64 epoch) internal view returns (uint256) {
        uint256 generation = _generation[node];
        while (_signsFrom[node][generation] > epoch) --generation;
        return _keyOf(node, generation);
    }

    function _keyOf(uint32 node, uint256 generation) private pure returns (uint256) {
        return WITNESS_KEY + node + (generation << 32);
    }

    function _possession(address operator, bytes32 nodeId, uint256 key) private view returns (bytes memory) {
        bytes32 typeHash = keccak256("Witness(address operator,bytes32 nodeId)");
        bytes32 structHash = keccak256(abi.encode(typeHash, operator, nodeId));
        return _signed(key, _digest("NodeRegistry", address(registry), structHash));
    }
}
