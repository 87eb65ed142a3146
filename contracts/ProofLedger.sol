// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochSeeds} from "./EpochSeeds.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IProofLedger} from "./interfaces/IProofLedger.sol";
import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {Bits} from "./libraries/Bits.sol";
import {ReceiptVerifier} from "./ReceiptVerifier.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title Uptime and relay proofs and the challenge game; see IProofLedger
/// @dev A challenge's deadline lies before its epoch is final, and deadlines of one commit never fall, so the earliest
/// unanswered challenge alone decides whether a commit is void.
/// Above 250 lines: one game, whose checks are read together.
contract ProofLedger is ReceiptVerifier, VaultBase {
    using Bits for uint128;

    /// @dev Times in seconds, amounts in wei; the table of docs/spec/contracts.md.
    struct Parameters {
        IX0TToken token;
        INodeRegistry registry;
        uint64 epochSeconds;
        uint8 slotsPerEpoch;
        uint8 minWitnesses;
        uint64 commitSeconds;
        uint64 challengeSeconds;
        uint64 responseSeconds;
        uint256 challengeBond;
    }

    /// @dev A commit writes the first two slots, the third only a challenge. The weight is not kept: it follows from
    /// stake of the past, which never changes; nor is the cid, which no contract reads. `open` counts unanswered
    /// challenges (at most 128) and stays above 0 once the commit is void; `firstOpen` is the earliest one's id.
    struct Record {
        uint128 bitmap;
        uint64 relayedBytes;
        uint40 committedAt;
        uint8 open;
        uint8 firstOpen;
        bool enforced;
        bytes32 receiptsRoot;
        uint128 named;
    }

    struct Progress {
        uint64 lastCommitted;
        // Challenges of the node that are open, or unanswered and not yet enforced.
        uint64 openChallenges;
    }

    uint256 private constant MAX_BATCH = 8;
    uint256 private constant MAX_NAMED = 4;
    /// @dev REG-4: what a challenger can win of a slash, in bonds.
    uint256 private constant REWARD_BONDS = 10;

    uint8 private immutable SLOTS;
    uint64 private immutable COMMIT;
    uint64 private immutable CHALLENGE;
    uint64 private immutable RESPONSE;
    uint256 private immutable BOND;

    mapping(uint32 node => mapping(uint64 epoch => Record)) private _records;
    mapping(uint32 node => mapping(uint64 epoch => Challenge[])) private _challenges;
    mapping(uint32 node => Progress) private _progress;
    mapping(uint64 epoch => uint256) public totalWeight;

    constructor(
        Parameters memory p
    ) EpochSeeds(p.epochSeconds) ReceiptVerifier(p.registry, p.minWitnesses) VaultBase(p.token) {
        bool good = address(p.token) != address(0) &&
            p.slotsPerEpoch > 0 &&
            p.slotsPerEpoch <= 128 &&
            p.epochSeconds % p.slotsPerEpoch == 0 &&
            p.commitSeconds > 0 &&
            p.challengeSeconds > 0 &&
            p.responseSeconds > 0 &&
            p.challengeBond > 0;
        if (!good) revert ProofLedger_BadParameters();
        SLOTS = p.slotsPerEpoch;
        COMMIT = p.commitSeconds;
        CHALLENGE = p.challengeSeconds;
        RESPONSE = p.responseSeconds;
        BOND = p.challengeBond;
    }

    /// @inheritdoc IProofLedger
    function commit(CommitArgs calldata args) external {
        _poke();
        _commit(args);
    }

    /// @inheritdoc IProofLedger
    function commitBatch(CommitArgs[] calldata list) external {
        if (list.length > MAX_BATCH) revert ProofLedger_BatchTooLong(list.length, MAX_BATCH);
        _poke();
        for (uint256 i = 0; i < list.length; ++i) _commit(list[i]);
    }

    /// @inheritdoc IProofLedger
    function challenge(uint32 node, uint64 epoch, uint128 slots) external returns (uint256 challengeId) {
        _poke();
        Record storage record = _existing(node, epoch);
        uint256 closesAt = _endOf(epoch) + COMMIT + CHALLENGE;
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        if (block.timestamp >= closesAt) revert ProofLedger_ChallengeClosed(epoch, closesAt);
        if (_isVoid(node, epoch, record)) revert ProofLedger_Void(node, epoch);
        bool nameable = slots != 0 && slots.count() <= MAX_NAMED && slots & (~record.bitmap | record.named) == 0;
        if (!nameable) revert ProofLedger_BadSlots(slots);

        if (record.open == 0) totalWeight[epoch] -= _weight(node, epoch, record);
        record.open += 1;
        record.named |= slots;
        _progress[node].openChallenges += 1;
        Challenge[] storage list = _challenges[node][epoch];
        challengeId = list.length;
        uint64 deadline = uint64(block.timestamp) + RESPONSE;
        list.push(Challenge({challenger: msg.sender, deadline: deadline, closed: false, slots: slots}));
        emit Challenged(node, epoch, challengeId, msg.sender, slots, deadline);
        _pullNet(msg.sender, BOND);
    }

    /// @inheritdoc IProofLedger
    function answer(uint32 node, uint64 epoch, uint256 challengeId, SlotAnswer[] calldata slotAnswers) external {
        _poke();
        Record storage record = _existing(node, epoch);
        Challenge storage target = _challengeAt(node, epoch, challengeId);
        if (target.closed) revert ProofLedger_ChallengeSettled(challengeId);
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        if (block.timestamp > target.deadline) revert ProofLedger_AnswerClosed(challengeId, target.deadline);
        _checkAnswers(node, epoch, record.receiptsRoot, target.slots, slotAnswers);

        target.closed = true;
        record.open -= 1;
        _progress[node].openChallenges -= 1;
        if (record.open == 0) totalWeight[epoch] += _weight(node, epoch, record);
        _skipClosed(node, epoch, record);
        emit Answered(node, epoch, challengeId, msg.sender);
        token.burn(BOND);
    }

    /// @inheritdoc IProofLedger
    function enforce(uint32 node, uint64 epoch) external {
        _poke();
        Record storage record = _existing(node, epoch);
        if (record.enforced) revert ProofLedger_AlreadyEnforced(node, epoch);
        if (!_isVoid(node, epoch, record)) revert ProofLedger_NotVoid(node, epoch);
        Challenge[] storage list = _challenges[node][epoch];
        address earliest = list[record.firstOpen].challenger;
        record.enforced = true;
        _progress[node].openChallenges -= record.open;
        emit Enforced(node, epoch, earliest);
        registry.slash(node, earliest, REWARD_BONDS * BOND);
        // At most one challenge a slot, so at most 128.
        for (uint256 id = record.firstOpen; id < list.length; ++id) {
            if (list[id].closed) continue;
            list[id].closed = true;
            token.refund(list[id].challenger, BOND);
        }
    }

    /// @inheritdoc IProofLedger
    function commitOf(uint32 node, uint64 epoch) external view returns (Commit memory) {
        Record storage record = _records[node][epoch];
        return
            Commit({
                bitmap: record.bitmap,
                named: record.named,
                receiptsRoot: record.receiptsRoot,
                weight: record.committedAt == 0 ? 0 : _weight(node, epoch, record),
                relayedBytes: record.relayedBytes,
                committedAt: record.committedAt,
                openChallenges: record.open,
                enforced: record.enforced
            });
    }

    /// @inheritdoc IProofLedger
    function challengeOf(uint32 node, uint64 epoch, uint256 challengeId) external view returns (Challenge memory) {
        return _challengeAt(node, epoch, challengeId);
    }

    /// @inheritdoc IProofLedger
    function challengeCount(uint32 node, uint64 epoch) external view returns (uint256) {
        return _challenges[node][epoch].length;
    }

    /// @inheritdoc IProofLedger
    function isVoid(uint32 node, uint64 epoch) external view returns (bool) {
        return _isVoid(node, epoch, _records[node][epoch]);
    }

    /// @inheritdoc IProofLedger
    function isFinal(uint64 epoch) external view returns (bool) {
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        return block.timestamp >= _endOf(epoch) + COMMIT + CHALLENGE + RESPONSE;
    }

    /// @inheritdoc IProofLedger
    function finalBefore() external view returns (uint64) {
        uint64 windowSeconds = COMMIT + CHALLENGE + RESPONSE;
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        return block.timestamp < windowSeconds ? 0 : (uint64(block.timestamp) - windowSeconds) / EPOCH;
    }

    /// @inheritdoc IProofLedger
    function slotsPerEpoch() external view returns (uint8) {
        return SLOTS;
    }

    /// @inheritdoc IProofLedger
    function weightOf(uint32 node, uint64 epoch) external view returns (uint256) {
        Record storage record = _records[node][epoch];
        if (record.committedAt == 0 || record.open > 0) return 0;
        return _weight(node, epoch, record);
    }

    /// @inheritdoc IProofLedger
    function uptimeOf(uint32 node, uint64 epoch) external view returns (uint8 slotsUp) {
        Record storage record = _records[node][epoch];
        return _isVoid(node, epoch, record) ? 0 : record.bitmap.count();
    }

    /// @inheritdoc IProofLedger
    function lastCommittedEpoch(uint32 node) external view returns (uint64) {
        return _progress[node].lastCommitted;
    }

    /// @inheritdoc IProofLedger
    function isUnderChallenge(uint32 node) external view returns (bool) {
        return _progress[node].openChallenges > 0;
    }

    /// @inheritdoc IProofLedger
    function windows() external view returns (address, uint64, uint64, uint64, uint64) {
        return (address(registry), EPOCH, COMMIT, CHALLENGE, RESPONSE);
    }

    function _commit(CommitArgs calldata args) private {
        (uint32 node, uint64 epoch) = (args.node, args.epoch);
        uint256 end = _endOf(epoch);
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        if (block.timestamp < end) revert ProofLedger_EpochNotOver(epoch, end);
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        if (block.timestamp >= end + COMMIT) revert ProofLedger_CommitClosed(epoch, end + COMMIT);
        if (uint256(args.bitmap) >> SLOTS != 0) revert ProofLedger_BadBitmap(args.bitmap, SLOTS);
        Record storage record = _records[node][epoch];
        if (record.committedAt != 0) revert ProofLedger_AlreadyCommitted(node, epoch);
        (bool authorized, bool benched, uint256 stake) = registry.commitBasis(node, epoch, msg.sender);
        if (!authorized) revert ProofLedger_NotAuthorized(node, msg.sender);
        if (stake == 0) revert ProofLedger_NotActive(node, epoch);

        record.bitmap = args.bitmap;
        record.relayedBytes = args.relayedBytes;
        record.committedAt = uint40(block.timestamp);
        record.receiptsRoot = args.receiptsRoot;
        uint256 weight = _weightOf(stake, args.bitmap);
        if (weight > 0) totalWeight[epoch] += weight;
        if (epoch > _progress[node].lastCommitted) _progress[node].lastCommitted = epoch;
        emit Committed(node, epoch, args.bitmap, args.receiptsRoot, args.relayedBytes, args.cid, weight);
        if (benched) registry.unbench(node);
    }

    function _skipClosed(uint32 node, uint64 epoch, Record storage record) private {
        Challenge[] storage list = _challenges[node][epoch];
        uint8 first = record.firstOpen;
        while (first < list.length && list[first].closed) ++first;
        record.firstOpen = first;
    }

    function _existing(uint32 node, uint64 epoch) private view returns (Record storage record) {
        record = _records[node][epoch];
        if (record.committedAt == 0) revert ProofLedger_NoCommit(node, epoch);
    }

    function _challengeAt(uint32 node, uint64 epoch, uint256 id) private view returns (Challenge storage) {
        if (id >= _challenges[node][epoch].length) revert ProofLedger_UnknownChallenge(id);
        return _challenges[node][epoch][id];
    }

    function _isVoid(uint32 node, uint64 epoch, Record storage record) private view returns (bool) {
        // forge-lint: disable-next-line(block-timestamp) windows are hours, a proposer moves seconds
        return record.open > 0 && block.timestamp > _challenges[node][epoch][record.firstOpen].deadline;
    }

    function _weight(uint32 node, uint64 epoch, Record storage record) private view returns (uint256) {
        return _weightOf(registry.stakeThrough(node, epoch), record.bitmap);
    }

    /// @dev PRF-2 with the factor 100, floored once.
    function _weightOf(uint256 stake, uint128 bitmap) private view returns (uint256) {
        return (stake * bitmap.count()) / SLOTS;
    }

    function _endOf(uint64 epoch) private view returns (uint256) {
        return (uint256(epoch) + 1) * EPOCH;
    }
}
