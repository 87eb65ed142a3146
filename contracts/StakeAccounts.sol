// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {StakeTree} from "./libraries/StakeTree.sol";
import {Trace} from "./libraries/Trace.sol";

/// @title The history of stake: of nodes, of operators as voting units (REG-5), and as draw weights (REG-7)
/// @dev One trace a node holds stake and the benched flag by timestamp. Activity and draw weight follow from it: a
/// node is active in an epoch iff its stake at the epoch's start reached MIN_STAKE, and draws with that stake unless
/// benched.
abstract contract StakeAccounts is INodeRegistry, IERC5805 {
    using Trace for Trace.Checkpoints;
    using StakeTree for StakeTree.Tree;

    /// @dev The supply is 10^27 wei < 2^90, so the top bit of a trace value is free.
    uint128 private constant BENCHED = 1 << 127;

    uint64 internal immutable EPOCH;
    uint256 internal immutable MIN_STAKE;

    mapping(uint32 node => Trace.Checkpoints) private _stakes;
    mapping(address operator => Trace.Checkpoints) private _units;
    Trace.Checkpoints private _totalUnits;
    StakeTree.Tree private _tree;

    error ERC5805FutureLookup(uint256 timepoint, uint48 clock);

    constructor(uint64 epochSeconds, uint256 minStake) {
        if (epochSeconds == 0 || minStake == 0) revert NodeRegistry_BadParameters();
        EPOCH = epochSeconds;
        MIN_STAKE = minStake;
    }

    /// @inheritdoc INodeRegistry
    function nodeCount() public view returns (uint32) {
        return _tree.size;
    }

    /// @inheritdoc INodeRegistry
    function stakeAt(uint32 node, uint64 timestamp) public view returns (uint256 amount) {
        (amount, ) = _stateAt(node, timestamp);
    }

    /// @inheritdoc INodeRegistry
    function isActiveAt(uint32 node, uint64 timestamp) external view returns (bool) {
        return stakeAt(node, timestamp - (timestamp % EPOCH)) >= MIN_STAKE;
    }

    /// @inheritdoc INodeRegistry
    function stakeThrough(uint32 node, uint64 epoch) public view returns (uint256) {
        uint256 atStart = stakeAt(node, epoch * EPOCH);
        uint256 atEnd = stakeAt(node, (epoch + 1) * EPOCH);
        uint256 least = atStart < atEnd ? atStart : atEnd;
        return least < MIN_STAKE ? 0 : least;
    }

    /// @dev Whether the node is benched now, and `stakeThrough`: mostly one read, since stakes rest for long.
    function _commitState(uint32 node, uint64 epoch) internal view returns (bool benched, uint256 least) {
        Trace.Checkpoint storage head = _stakes[node].head;
        (least, benched) = _unpack(head.value);
        if (head.key >= uint256(epoch) * EPOCH) least = stakeThrough(node, epoch);
        else if (least < MIN_STAKE) least = 0;
    }

    /// @inheritdoc INodeRegistry
    function drawWeightAt(uint32 node, uint64 epoch) public view returns (uint256) {
        (uint256 amount, bool benched) = _stateAt(node, epoch * EPOCH);
        return _weight(amount, benched);
    }

    /// @inheritdoc INodeRegistry
    function totalDrawWeightAt(uint64 epoch) public view returns (uint256) {
        return _tree.totalAt(epoch);
    }

    /// @inheritdoc INodeRegistry
    function draw(
        bytes32 entropy,
        uint64 epoch,
        uint32 excluded,
        uint256 count
    ) external view returns (uint32[] memory nodes) {
        // What is out of the draw, by ascending index: where it begins on the line of all weights, and how long it is.
        uint256[] memory starts = new uint256[](count + 1);
        uint256[] memory lengths = new uint256[](count + 1);
        uint256 remaining = _tree.totalAt(epoch);
        (starts[0], lengths[0]) = _tree.place(excluded, epoch);
        remaining -= lengths[0];
        nodes = new uint32[](count);
        uint256 drawn = 0;
        for (; drawn < count && remaining > 0; ++drawn) {
            uint256 point = uint256(keccak256(abi.encode(entropy, drawn))) % remaining;
            uint256 rank = 0;
            while (rank <= drawn && point >= starts[rank]) point += lengths[rank++];
            (uint32 node, uint256 start, uint256 length) = _tree.find(point, epoch);
            nodes[drawn] = node;
            remaining -= length;
            for (uint256 i = drawn + 1; i > rank; --i) (starts[i], lengths[i]) = (starts[i - 1], lengths[i - 1]);
            (starts[rank], lengths[rank]) = (start, length);
        }
        assembly ("memory-safe") {
            mstore(nodes, drawn)
        }
    }

    /// @dev IERC6372.
    function clock() public view returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @dev IERC6372.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=timestamp";
    }

    /// @dev IVotes: raw units, Σ stake of the operator's nodes in wei.
    function getVotes(address operator) external view returns (uint256) {
        return _units[operator].latest();
    }

    /// @dev IVotes.
    function getPastVotes(address operator, uint256 timepoint) external view returns (uint256 units) {
        _checkPast(timepoint);
        (, units) = _units[operator].lookup(timepoint);
    }

    /// @dev IVotes: Σ stake of all nodes.
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256 units) {
        _checkPast(timepoint);
        (, units) = _totalUnits.lookup(timepoint);
    }

    /// @dev IVotes: everyone votes for oneself (REG-5).
    function delegates(address account) external pure returns (address) {
        return account;
    }

    /// @dev IVotes.
    function delegate(address) external pure {
        revert NodeRegistry_DelegationDisabled();
    }

    /// @dev IVotes.
    function delegateBySig(address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        revert NodeRegistry_DelegationDisabled();
    }

    function _currentEpoch() internal view returns (uint64) {
        return uint64(block.timestamp) / EPOCH;
    }

    /// @notice Active stake now.
    function _stakeOf(uint32 node) internal view returns (uint256 amount) {
        (amount, ) = _unpack(_stakes[node].latest());
    }

    function _isBenched(uint32 node) internal view returns (bool benched) {
        (, benched) = _unpack(_stakes[node].latest());
    }

    function _appendNode(address operator, uint256 amount) internal returns (uint32 node) {
        if (_tree.size >= StakeTree.CAPACITY) revert NodeRegistry_Full();
        // forge-lint: disable-next-line(unsafe-typecast) the supply is below 2^90, an epoch below 2^48
        node = _tree.append(uint128(amount), uint48(_currentEpoch() + 1));
        // forge-lint: disable-next-line(unsafe-typecast) the supply is below 2^90
        _stakes[node].push(clock(), uint128(amount));
        _changeUnits(operator, 0, amount);
        emit ActivityChanged(node, true, _currentEpoch() + 1);
    }

    /// @return activated whether the node becomes active by this.
    function _setStake(uint32 node, address operator, uint256 amount) internal returns (bool activated) {
        (uint256 old, bool benched) = _unpack(_stakes[node].latest());
        _setState(node, old, benched, amount, benched);
        _changeUnits(operator, old, amount);
        bool wasActive = old >= MIN_STAKE;
        bool isActive = amount >= MIN_STAKE;
        if (wasActive != isActive) emit ActivityChanged(node, isActive, _currentEpoch() + 1);
        return isActive && !wasActive;
    }

    function _setBenched(uint32 node, bool benched) internal {
        (uint256 amount, bool old) = _unpack(_stakes[node].latest());
        _setState(node, amount, old, amount, benched);
    }

    function _setState(uint32 node, uint256 oldStake, bool oldBenched, uint256 newStake, bool newBenched) private {
        // forge-lint: disable-next-line(unsafe-typecast) the supply is below 2^90
        _stakes[node].push(clock(), uint128(newStake) | (newBenched ? BENCHED : 0));
        // What changes in epoch k counts in the draws from epoch k + 1 on.
        _tree.change(
            node,
            _weight(oldStake, oldBenched),
            _weight(newStake, newBenched),
            uint48(_currentEpoch() + 1)
        );
    }

    function _changeUnits(address operator, uint256 from, uint256 to) private {
        uint128 old = _units[operator].latest();
        // forge-lint: disable-next-line(unsafe-typecast) a sum of stakes, and the supply is below 2^90
        uint128 units = uint128(old + to - from);
        _units[operator].push(clock(), units);
        // forge-lint: disable-next-line(unsafe-typecast) a sum of stakes, and the supply is below 2^90
        _totalUnits.push(clock(), uint128(_totalUnits.latest() + to - from));
        emit DelegateVotesChanged(operator, old, units);
    }

    /// @dev The state before the first transaction with a timestamp ≥ `timestamp`.
    function _stateAt(uint32 node, uint256 timestamp) private view returns (uint256 amount, bool benched) {
        if (timestamp == 0) return (0, false);
        (, uint128 packed) = _stakes[node].lookup(timestamp - 1);
        return _unpack(packed);
    }

    function _unpack(uint128 packed) private pure returns (uint256 amount, bool benched) {
        return (packed & ~BENCHED, packed & BENCHED != 0);
    }

    function _weight(uint256 amount, bool benched) private view returns (uint128) {
        // forge-lint: disable-next-line(unsafe-typecast) the supply is below 2^90
        return benched || amount < MIN_STAKE ? 0 : uint128(amount);
    }

    function _checkPast(uint256 timepoint) private view {
        // forge-lint: disable-next-line(block-timestamp) ERC-6372: what is past is fixed
        if (timepoint >= block.timestamp) revert ERC5805FutureLookup(timepoint, clock());
    }
}
