// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IX0TVault} from "./IX0TVault.sol";

/// @title Identity, stake and voting units of the nodes (REG-1 to REG-7)
interface INodeRegistry is IX0TVault {
    /// @param nodeId SHA-256 of the 1,952 raw bytes of the node's ML-DSA-65 public key.
    /// @param witness the hot key: signs receipts and vouchers, commits, pokes, bonds, redeems.
    /// @param metadata SHA-256 of the dag-cbor block of the DID document on IPFS.
    /// @param stake active stake, wei. @param unbonding wei in the one unbonding bucket.
    /// @param unbondsAt when the bucket may be withdrawn, seconds since 1970; 0 with an empty bucket.
    struct Node {
        address operator;
        uint64 unbondsAt;
        bool benched;
        bytes32 nodeId;
        address witness;
        bytes32 metadata;
        uint256 stake;
        uint256 unbonding;
    }

    event NodeRegistered(
        uint32 indexed node,
        address indexed operator,
        bytes32 indexed nodeId,
        address witness,
        bytes32 metadata,
        uint256 stake
    );
    event StakeAdded(uint32 indexed node, uint256 amount, uint256 stake);
    event UnbondingStarted(uint32 indexed node, uint256 amount, uint256 stake, uint256 unbonding, uint64 unbondsAt);
    event Withdrawn(uint32 indexed node, address indexed operator, uint256 amount);
    /// @notice `fromStake` and `fromUnbonding` left the node: at most half to `challenger`, the rest burned.
    event Slashed(
        uint32 indexed node,
        address indexed challenger,
        uint256 fromStake,
        uint256 fromUnbonding,
        uint256 stake
    );
    /// @notice The node's activity changes from `effectiveEpoch` on.
    event ActivityChanged(uint32 indexed node, bool active, uint64 effectiveEpoch);
    event WitnessRotated(uint32 indexed node, address indexed witness, uint64 receiptsFromEpoch);
    event MetadataChanged(uint32 indexed node, bytes32 metadata);
    event Benched(uint32 indexed node);
    event Unbenched(uint32 indexed node);

    error NodeRegistry_ZeroAddress();
    error NodeRegistry_NodeIdTaken(bytes32 nodeId);
    error NodeRegistry_WitnessTaken(address witness);
    error NodeRegistry_BadProofOfPossession(address recovered, address witness);
    error NodeRegistry_StakeTooSmall(uint256 stake, uint256 minStake);
    error NodeRegistry_OnlyOperator(uint32 node, address caller);
    error NodeRegistry_OnlyLedger(address caller);
    error NodeRegistry_UnknownNode(uint32 node);
    error NodeRegistry_UnknownNodeId(bytes32 nodeId);
    error NodeRegistry_AmountTooLarge(uint256 amount, uint256 available);
    error NodeRegistry_ZeroAmount();
    error NodeRegistry_StillUnbonding(uint32 node, uint64 unbondsAt);
    error NodeRegistry_NothingToWithdraw(uint32 node);
    error NodeRegistry_UnderChallenge(uint32 node);
    error NodeRegistry_Full();
    error NodeRegistry_NotIdle(uint32 node);
    error NodeRegistry_AlreadyBenched(uint32 node);
    error NodeRegistry_DelegationDisabled();
    error NodeRegistry_BadUnbonding(uint256 unbonding, uint256 least);
    error NodeRegistry_BadParameters();
    error NodeRegistry_OnlyDeployer(address caller);
    error NodeRegistry_LedgerAlreadySet(address ledger);
    error NodeRegistry_BadLedger(address ledger);

    /// @notice Registers a node of the caller and locks its first stake (REG-1).
    /// @param proofOfPossession the witness key's signature of EIP-712 `Witness(address operator,bytes32 nodeId)`.
    function register(
        bytes32 nodeId,
        address witness,
        bytes32 metadata,
        uint256 amount,
        bytes calldata proofOfPossession
    ) external returns (uint32 node);

    /// @notice As `register`; a permit that fails is ignored if the allowance suffices.
    function registerWithPermit(
        bytes32 nodeId,
        address witness,
        bytes32 metadata,
        uint256 amount,
        bytes calldata proofOfPossession,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint32 node);

    /// @notice Adds to the stake of a node of the caller; reactivates it next epoch if it reaches MIN_STAKE (REG-2).
    function stake(uint32 node, uint256 amount) external;
    /// @notice Moves stake into the unbonding bucket and restarts its clock (REG-3).
    function unstake(uint32 node, uint256 amount) external;
    /// @notice Pays the whole unbonded bucket back, burn-free (REG-3).
    function withdraw(uint32 node) external;
    function rotateWitness(uint32 node, address witness, bytes calldata proofOfPossession) external;
    function setMetadata(uint32 node, bytes32 metadata) external;
    /// @notice The ledger only: takes 10 % of active and unbonding stake; half, at most `maxReward` wei, goes to the
    /// challenger, the rest burns (REG-4).
    function slash(uint32 node, address challenger, uint256 maxReward) external;
    /// @notice Anyone: a node without a commit in 12 final epochs draws with weight 0 until it commits (REG-7).
    function bench(uint32 node) external;
    /// @notice The ledger only: a commit brings a benched node back into the draws.
    function unbench(uint32 node) external;

    /// @notice The deployer, once: names the ledger, which must name this registry and the same windows.
    function setLedger(address ledger) external;

    /// @notice What the ledger asks before a commit: whether `caller` is the operator or the current witness key of
    /// `node`, whether the node is benched, the epoch in which it last became active (PRF-3), and its stake as
    /// `stakeThrough`. Reverts for an unknown node.
    function commitBasis(
        uint32 node,
        uint64 epoch,
        address caller
    ) external view returns (bool authorized, bool benched, uint64 activatedIn, uint256 stake);
    /// @notice min(stake at the start, stake at the end of `epoch`) in wei; 0 if not active at both (PRF-2).
    function stakeThrough(uint32 node, uint64 epoch) external view returns (uint256);
    function ledger() external view returns (address);
    function nodeCount() external view returns (uint32);
    function getNode(uint32 node) external view returns (Node memory);
    /// @notice The index of `nodeId`; reverts if unknown.
    function indexOf(bytes32 nodeId) external view returns (uint32);
    function operatorOf(uint32 node) external view returns (address);
    /// @notice The witness key whose receipts count in `epoch`.
    function witnessAt(uint32 node, uint64 epoch) external view returns (address);
    /// @notice Active stake before the first transaction with timestamp ≥ `timestamp`, wei.
    function stakeAt(uint32 node, uint64 timestamp) external view returns (uint256);
    function isActiveAt(uint32 node, uint64 timestamp) external view returns (bool);
    /// @notice The weight of `node` in draws whose weights are taken at the start of `epoch`, wei.
    function drawWeightAt(uint32 node, uint64 epoch) external view returns (uint256);
    /// @notice Σ of the draw weights at the start of `epoch`, wei.
    function totalDrawWeightAt(uint64 epoch) external view returns (uint256);
    /// @notice Draws up to `count` distinct nodes other than `excluded`, probability ∝ weight at the start of `epoch`.
    /// @dev Draw i takes r = keccak256(abi.encode(entropy, i)) mod (remaining weight) and walks the indices upwards,
    /// skipping `excluded` and what is already drawn, until the running sum of weights exceeds r.
    function draw(
        bytes32 entropy,
        uint64 epoch,
        uint32 excluded,
        uint256 count
    ) external view returns (uint32[] memory nodes);
}
