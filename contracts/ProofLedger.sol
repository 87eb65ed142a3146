// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {BonusWindow} from "./BonusWindow.sol";
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
contract ProofLedger is ReceiptVerifier, BonusWindow, VaultBase {
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

    uint256 private constant MAX_BATCH = 8;
    uint256 private constant MAX_NAMED = 4;
    /// @dev REG-4: what a challenger can win of a slash, in bonds.
    uint256 private constant REWARD_BONDS = 10;

    uint256 private immutable BOND;

    mapping(uint32 node => mapping(uint64 epoch => Challenge[])) private _challenges;
    /// @dev Two epochs a word, the even one low: all weights of an epoch are below 2^91.
    mapping(uint64 pair => uint256) private _totalWeights;

    constructor(
        Parameters memory p
    )
        EpochSeeds(p.epochSeconds)
        ReceiptVerifier(p.registry, p.minWitnesses)
        BonusWindow(p.slotsPerEpoch, p.commitSeconds, p.challengeSeconds, p.responseSeconds)
        VaultBase(p.token)
    {
        if (address(p.token) == address(0) || p.challengeBond == 0) revert ProofLedger_BadParameters();
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
    function announceMaintenance(uint32 node, uint64 first, uint64 count) external {
        _poke();
        (bool authorized, , , ) = registry.commitBasis(node, currentEpoch(), msg.sender);
        if (!authorized) revert ProofLedger_NotAuthorized(node, msg.sender);
        _announce(node, first, count);
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

        if (record.open == 0) _totalWeights[epoch >> 1] -= _inWord(epoch, _weight(node, epoch, record));
        record.open += 1;
        record.named |= slots;
        _histories[node].progress.openChallenges += 1;
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
        _histories[node].progress.openChallenges -= 1;
        if (record.open == 0) _totalWeights[epoch >> 1] += _inWord(epoch, _weight(node, epoch, record));
        _skipClosed(node, epoch, record);
        emit Answered(node, epoch, challengeId, msg.sender);
        token.burn(BOND);
    }

    /// @inheritdoc IProofLedger
    function enforce(uint32 node, uint64 epoch) external {
        _poke();
        Record storage record = _existing(node, epoch);
        if (record.flags & ENFORCED != 0) revert ProofLedger_AlreadyEnforced(node, epoch);
        if (!_isVoid(node, epoch, record)) revert ProofLedger_NotVoid(node, epoch);
        Challenge[] storage list = _challenges[node][epoch];
        address earliest = list[record.firstOpen].challenger;
        record.flags |= ENFORCED;
        _histories[node].progress.openChallenges -= record.open;
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
        Record storage record = _histories[node].records[epoch];
        return
            Commit({
                bitmap: record.bitmap,
                named: record.named,
                receiptsRoot: record.receiptsRoot,
                weight: record.committedAt == 0 ? 0 : _weight(node, epoch, record),
                relayedBytes: record.relayedBytes,
                committedAt: record.committedAt,
                openChallenges: record.open,
                bonus: record.flags & BONUS != 0,
                enforced: record.flags & ENFORCED != 0
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
        return _isVoid(node, epoch, _histories[node].records[epoch]);
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
        Record storage record = _histories[node].records[epoch];
        if (record.committedAt == 0 || record.open > 0) return 0;
        return _weight(node, epoch, record);
    }

    /// @inheritdoc IProofLedger
    function totalWeight(uint64 epoch) external view returns (uint256) {
        return uint128(_totalWeights[epoch >> 1] >> ((epoch & 1) * 128));
    }

    /// @inheritdoc IProofLedger
    function uptimeOf(uint32 node, uint64 epoch) external view returns (uint8 slotsUp) {
        Record storage record = _histories[node].records[epoch];
        return _isVoid(node, epoch, record) ? 0 : record.bitmap.count();
    }

    /// @inheritdoc IProofLedger
    function lastCommittedEpoch(uint32 node) external view returns (uint64) {
        return _histories[node].progress.lastCommitted;
    }

    /// @inheritdoc IProofLedger
    function isUnderChallenge(uint32 node) external view returns (bool) {
        return _histories[node].progress.openChallenges > 0;
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
        if (block.timestamp - end >= COMMIT) revert ProofLedger_CommitClosed(epoch, end + COMMIT);
        if (uint256(args.bitmap) >> SLOTS != 0) revert ProofLedger_BadBitmap(args.bitmap, SLOTS);
        History storage history = _histories[node];
        Record storage record = history.records[epoch];
        if (record.committedAt != 0) revert ProofLedger_AlreadyCommitted(node, epoch);
        (bool authorized, bool benched, uint64 activatedIn, uint256 stake) = registry.commitBasis(
            node,
            epoch,
            msg.sender
        );
        if (!authorized) revert ProofLedger_NotAuthorized(node, msg.sender);
        if (stake == 0) revert ProofLedger_NotActive(node, epoch);

        _store(record, args, stake, _advance(history, epoch, activatedIn));
        if (benched) registry.unbench(node);
    }

    function _store(Record storage record, CommitArgs calldata args, uint256 stake, bool bonus) private {
        (uint64 epoch, uint128 bitmap, uint64 relayedBytes) = (args.epoch, args.bitmap, args.relayedBytes);
        uint8 flags = bonus ? BONUS : 0;
        // Nothing in between, so that they are written at once.
        record.bitmap = bitmap;
        record.relayedBytes = relayedBytes;
        record.committedAt = uint40(block.timestamp);
        record.flags = flags;
        record.receiptsRoot = args.receiptsRoot;
        uint256 weight = _weightOf(stake, bitmap, bonus);
        if (weight > 0) _totalWeights[epoch >> 1] += _inWord(epoch, weight);
        emit Committed(args.node, epoch, bitmap, args.receiptsRoot, args.relayedBytes, args.cid, weight);
    }

    function _skipClosed(uint32 node, uint64 epoch, Record storage record) private {
        Challenge[] storage list = _challenges[node][epoch];
        uint8 first = record.firstOpen;
        while (first < list.length && list[first].closed) ++first;
        record.firstOpen = first;
    }

    function _existing(uint32 node, uint64 epoch) private view returns (Record storage record) {
        record = _histories[node].records[epoch];
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
        return _weightOf(registry.stakeThrough(node, epoch), record.bitmap, record.flags & BONUS != 0);
    }

    /// @dev `weight` at the epoch's place in its word of `_totalWeights`.
    function _inWord(uint64 epoch, uint256 weight) private pure returns (uint256) {
        return weight << ((epoch & 1) * 128);
    }

    /// @dev PRF-2, floored once. Unchecked: a stake is below 2^90.
    function _weightOf(uint256 stake, uint128 bitmap, bool bonus) private view returns (uint256) {
        unchecked {
            return (stake * bitmap.count() * (bonus ? 110 : 100)) / (100 * uint256(SLOTS));
        }
    }

    /// @dev Unchecked: both factors are below 2^65.
    function _endOf(uint64 epoch) private view returns (uint256) {
        unchecked {
            return (uint256(epoch) + 1) * EPOCH;
        }
    }
}
