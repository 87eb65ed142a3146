// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TVault} from "./IX0TVault.sol";

/// @title Uptime and relay proofs, and the challenge game (PRF-1 to PRF-6)
/// @notice Epoch e = ⌊timestamp / EPOCH⌋. Bonds are held here; only stake at the registry is slashed.
interface IProofLedger is IX0TVault {
    /// @param bitmap bit s = the node was seen in slot s.
    /// @param receiptsRoot root of the OpenZeppelin StandardMerkleTree over
    /// `(uint8 slot, uint32 witness, bytes signature)`.
    /// @param relayedBytes an unaudited claim: nothing relies on it.
    /// @param cid SHA-256 of the dag-cbor bundle; it is kept in the `Committed` event only.
    struct CommitArgs {
        uint32 node;
        uint64 epoch;
        uint128 bitmap;
        bytes32 receiptsRoot;
        uint64 relayedBytes;
        bytes32 cid;
    }

    /// @notice One committee signature and its proof under the commit's `receiptsRoot`.
    struct Receipt {
        uint32 witness;
        bytes signature;
        bytes32[] proof;
    }

    /// @notice A quorum of receipts of one challenged slot; witnesses strictly increasing.
    struct SlotAnswer {
        uint8 slot;
        Receipt[] receipts;
    }

    /// @param slots bit s = slot s is named. @param deadline last second in which the answer is accepted.
    struct Challenge {
        address challenger;
        uint64 deadline;
        bool closed;
        uint128 slots;
    }

    /// @param weight floored; 0 for a zero bitmap. @param named every slot named by any challenge so far.
    /// @param bonus the weight has the factor 1.10 (PRF-3).
    struct Commit {
        uint128 bitmap;
        uint128 named;
        bytes32 receiptsRoot;
        uint256 weight;
        uint64 relayedBytes;
        uint40 committedAt;
        uint8 openChallenges;
        bool bonus;
        bool enforced;
    }

    event SeedWritten(uint64 indexed epoch, bytes32 seed);
    event Committed(
        uint32 indexed node,
        uint64 indexed epoch,
        uint128 bitmap,
        bytes32 receiptsRoot,
        uint64 relayedBytes,
        bytes32 cid,
        uint256 weight
    );
    event Challenged(
        uint32 indexed node,
        uint64 indexed epoch,
        uint256 challengeId,
        address indexed challenger,
        uint128 slots,
        uint64 deadline
    );
    /// @notice The challenge was answered and its bond burned.
    event Answered(uint32 indexed node, uint64 indexed epoch, uint256 challengeId, address indexed answerer);
    /// @notice The void commit was enforced: stake slashed, unanswered bonds returned.
    event Enforced(uint32 indexed node, uint64 indexed epoch, address indexed challenger);

    /// @notice Epochs [first, first + count) are maintenance of the node (PRF-3).
    event MaintenanceAnnounced(uint32 indexed node, uint64 first, uint64 count);

    error ProofLedger_CommitClosed(uint64 epoch, uint256 closesAt);
    error ProofLedger_EpochNotOver(uint64 epoch, uint256 endsAt);
    error ProofLedger_AlreadyCommitted(uint32 node, uint64 epoch);
    error ProofLedger_NotAuthorized(uint32 node, address caller);
    error ProofLedger_BadBitmap(uint128 bitmap, uint8 slots);
    error ProofLedger_NotActive(uint32 node, uint64 epoch);
    error ProofLedger_BatchTooLong(uint256 length, uint256 limit);
    error ProofLedger_NoCommit(uint32 node, uint64 epoch);
    error ProofLedger_ChallengeClosed(uint64 epoch, uint256 closesAt);
    error ProofLedger_BadSlots(uint128 slots);
    error ProofLedger_Void(uint32 node, uint64 epoch);
    error ProofLedger_NotVoid(uint32 node, uint64 epoch);
    error ProofLedger_AlreadyEnforced(uint32 node, uint64 epoch);
    error ProofLedger_UnknownChallenge(uint256 challengeId);
    error ProofLedger_AnswerClosed(uint256 challengeId, uint64 deadline);
    error ProofLedger_AnswerIncomplete(uint128 answered, uint128 slots);
    error ProofLedger_NoQuorum(uint8 slot, uint256 receipts, uint256 quorum);
    error ProofLedger_NotInCommittee(uint8 slot, uint32 witness);
    error ProofLedger_BadReceipt(uint8 slot, uint32 witness);
    error ProofLedger_ChallengeSettled(uint256 challengeId);
    /// @notice No epoch, or it begins less than one epoch from now.
    error ProofLedger_BadMaintenance(uint64 first, uint64 count);
    /// @notice More than `limit` epochs of maintenance within some 168.
    error ProofLedger_TooMuchMaintenance(uint32 node, uint256 limit);
    error ProofLedger_BadParameters();

    /// @notice Writes the seed of the next epoch if nobody has yet. Anyone, every epoch.
    function poke() external;
    function commit(CommitArgs calldata args) external;
    /// @notice Up to 8 commits, all or none.
    function commitBatch(CommitArgs[] calldata list) external;
    /// @notice The operator or the witness key: downtime in the epochs [first, first + count) will not cost the bonus.
    /// It changes neither weight nor leases (PRF-3).
    function announceMaintenance(uint32 node, uint64 first, uint64 count) external;
    /// @notice Bonds CHALLENGE_BOND against ≤ 4 set, never yet named slots.
    function challenge(uint32 node, uint64 epoch, uint128 slots) external returns (uint256 challengeId);
    /// @notice Answers all slots of one challenge at once; the bond burns.
    function answer(uint32 node, uint64 epoch, uint256 challengeId, SlotAnswer[] calldata slotAnswers) external;
    /// @notice Slashes the node of a void commit once; the earliest unanswered challenger gets half of the slash, at
    /// most 10 bonds, and every unanswered bond returns whole (PRF-4).
    function enforce(uint32 node, uint64 epoch) external;

    /// @notice The registry and the windows in seconds this ledger was deployed with.
    function windows()
        external
        view
        returns (
            address registry,
            uint64 epochSeconds,
            uint64 commitSeconds,
            uint64 challengeSeconds,
            uint64 responseSeconds
        );
    function currentEpoch() external view returns (uint64);
    /// @notice The seed of `epoch`: what was written, or keccak256(last seed, epoch) where nobody poked.
    function seedOf(uint64 epoch) external view returns (bytes32);
    function committee(uint64 epoch, uint32 node, uint8 slot) external view returns (uint32[] memory);
    function commitOf(uint32 node, uint64 epoch) external view returns (Commit memory);
    function challengeOf(
        uint32 node,
        uint64 epoch,
        uint256 challengeId
    ) external view returns (Challenge memory);
    function challengeCount(uint32 node, uint64 epoch) external view returns (uint256);
    /// @notice True once an answer is overdue; needs no transaction.
    function isVoid(uint32 node, uint64 epoch) external view returns (bool);
    function isMaintenance(uint32 node, uint64 epoch) external view returns (bool);
    function isFinal(uint64 epoch) external view returns (bool);
    /// @notice Every epoch below it is final, it is not (PRF-5).
    function finalBefore() external view returns (uint64 epoch);
    function slotsPerEpoch() external view returns (uint8);
    /// @notice The weight that shares in the epoch's reward: 0 if absent, void or under challenge.
    function weightOf(uint32 node, uint64 epoch) external view returns (uint256);
    function totalWeight(uint64 epoch) external view returns (uint256);
    /// @notice Slots proved, 0 if absent or void. Final once `isFinal(epoch)` (PRF-5).
    function uptimeOf(uint32 node, uint64 epoch) external view returns (uint8 slotsUp);
    /// @notice The latest epoch the node committed, or 0.
    function lastCommittedEpoch(uint32 node) external view returns (uint64);
    /// @notice True while a challenge of the node is open, or unanswered and not yet enforced (REG-3).
    function isUnderChallenge(uint32 node) external view returns (bool);
}
