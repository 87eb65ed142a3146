// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IGuardianSeat} from "./interfaces/IGuardianSeat.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IProofLedger} from "./interfaces/IProofLedger.sol";
import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {GuardedEntry} from "./GuardedEntry.sol";
import {StakeAccounts} from "./StakeAccounts.sol";
import {VaultBase} from "./VaultBase.sol";
import {WitnessKeys} from "./WitnessKeys.sol";

/// @title Identity, stake and voting units of the nodes; see INodeRegistry
/// @dev Above 250 lines: one ledger of stakes, whose checks are read together.
contract NodeRegistry is StakeAccounts, WitnessKeys, VaultBase, GuardedEntry {
    /// @dev Times in seconds, amounts in wei; the table of docs/spec/contracts.md.
    struct Parameters {
        IX0TToken token;
        IGuardianSeat seat;
        uint64 epochSeconds;
        uint64 commitSeconds;
        uint64 challengeSeconds;
        uint64 responseSeconds;
        uint64 unbondingSeconds;
        uint16 slashBps;
        uint256 minStake;
    }

    /// @dev `activatedIn`: the epoch in which the node last became active; idleness and the bonus count from there. A
    /// commit by the witness key reads the second slot only.
    struct Record {
        address operator;
        uint96 unbonding;
        address witness;
        uint64 unbondsAt;
        uint32 activatedIn;
        bytes32 nodeId;
        bytes32 metadata;
    }

    uint64 private constant BENCH_EPOCHS = 12;
    /// @dev Beyond any sense: with seconds taken for milliseconds stake would hardly come back.
    uint64 private constant MAX_UNBONDING = 90 days;
    uint256 private constant BPS = 10_000;

    address public immutable deployer;
    uint64 private immutable COMMIT;
    uint64 private immutable CHALLENGE;
    uint64 private immutable RESPONSE;
    uint64 private immutable UNBONDING;
    uint16 private immutable SLASH_BPS;

    /// @notice Zero until set, once.
    address public ledger;
    mapping(uint32 node => Record) private _records;
    /// @dev Index + 1, so that 0 means unknown.
    mapping(bytes32 nodeId => uint256) private _indexOf;

    constructor(
        Parameters memory p
    ) StakeAccounts(p.epochSeconds, p.minStake) VaultBase(p.token) GuardedEntry(p.seat) {
        uint256 least = 2 * uint256(p.epochSeconds) + p.commitSeconds + p.challengeSeconds + p.responseSeconds;
        if (p.unbondingSeconds < least) revert NodeRegistry_BadUnbonding(p.unbondingSeconds, least);
        bool good = address(p.token) != address(0) &&
            address(p.seat) != address(0) &&
            p.unbondingSeconds <= MAX_UNBONDING &&
            p.slashBps > 0 &&
            p.slashBps <= BPS;
        if (!good) revert NodeRegistry_BadParameters();
        deployer = msg.sender;
        COMMIT = p.commitSeconds;
        CHALLENGE = p.challengeSeconds;
        RESPONSE = p.responseSeconds;
        UNBONDING = p.unbondingSeconds;
        SLASH_BPS = p.slashBps;
    }

    /// @inheritdoc INodeRegistry
    function setLedger(address ledger_) external {
        if (msg.sender != deployer) revert NodeRegistry_OnlyDeployer(msg.sender);
        if (ledger != address(0)) revert NodeRegistry_LedgerAlreadySet(ledger);
        (address registry, uint64 epoch, uint64 commit, uint64 challenge, uint64 response) = IProofLedger(ledger_)
            .windows();
        bool agrees = registry == address(this) &&
            epoch == EPOCH &&
            commit == COMMIT &&
            challenge == CHALLENGE &&
            response == RESPONSE;
        if (!agrees) revert NodeRegistry_BadLedger(ledger_);
        ledger = ledger_;
    }

    /// @inheritdoc INodeRegistry
    function register(
        bytes32 nodeId,
        address witness,
        bytes32 metadata,
        uint256 amount,
        bytes calldata proofOfPossession
    ) external returns (uint32 node) {
        return _register(nodeId, witness, metadata, amount, proofOfPossession);
    }

    /// @inheritdoc INodeRegistry
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
    ) external returns (uint32 node) {
        // Whoever saw the permit may have used it already: only the allowance decides.
        // solhint-disable-next-line no-empty-blocks
        try token.permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _register(nodeId, witness, metadata, amount, proofOfPossession);
    }

    /// @inheritdoc INodeRegistry
    function stake(uint32 node, uint256 amount) external whenNotPaused {
        _checkOperator(node);
        if (amount == 0) revert NodeRegistry_ZeroAmount();
        uint256 total = _stakeOf(node) + amount;
        if (_setStake(node, msg.sender, total)) _records[node].activatedIn = uint32(_currentEpoch());
        emit StakeAdded(node, amount, total);
        _pull(msg.sender, amount);
    }

    /// @inheritdoc INodeRegistry
    function unstake(uint32 node, uint256 amount) external {
        _checkOperator(node);
        if (amount == 0) revert NodeRegistry_ZeroAmount();
        uint256 staked = _stakeOf(node);
        if (amount > staked) revert NodeRegistry_AmountTooLarge(amount, staked);
        Record storage record = _records[node];
        uint64 unbondsAt = uint64(block.timestamp) + UNBONDING;
        record.unbondsAt = unbondsAt;
        // forge-lint: disable-next-line(unsafe-typecast) the supply is below 2^90
        record.unbonding += uint96(amount);
        _setStake(node, msg.sender, staked - amount);
        emit UnbondingStarted(node, amount, staked - amount, record.unbonding, unbondsAt);
    }

    /// @inheritdoc INodeRegistry
    function withdraw(uint32 node) external {
        _checkOperator(node);
        Record storage record = _records[node];
        uint256 amount = record.unbonding;
        if (amount == 0) revert NodeRegistry_NothingToWithdraw(node);
        // forge-lint: disable-next-line(block-timestamp) unbonding takes a day, a proposer moves seconds
        if (block.timestamp < record.unbondsAt) revert NodeRegistry_StillUnbonding(node, record.unbondsAt);
        if (IProofLedger(ledger).isUnderChallenge(node)) revert NodeRegistry_UnderChallenge(node);
        record.unbonding = 0;
        record.unbondsAt = 0;
        emit Withdrawn(node, msg.sender, amount);
        token.refund(msg.sender, amount);
    }

    /// @inheritdoc INodeRegistry
    function rotateWitness(uint32 node, address witness, bytes calldata proofOfPossession) external {
        _checkOperator(node);
        Record storage record = _records[node];
        _takeWitness(witness, record.nodeId, proofOfPossession);
        uint64 epoch = _currentEpoch();
        _retireWitness(node, record.witness, epoch);
        record.witness = witness;
        emit WitnessRotated(node, witness, epoch + 1);
    }

    /// @inheritdoc INodeRegistry
    function setMetadata(uint32 node, bytes32 metadata) external {
        _checkOperator(node);
        _records[node].metadata = metadata;
        emit MetadataChanged(node, metadata);
    }

    /// @inheritdoc INodeRegistry
    function slash(uint32 node, address challenger, uint256 maxReward) external {
        _checkLedger();
        Record storage record = _records[node];
        uint256 staked = _stakeOf(node);
        uint256 fromStake = (staked * SLASH_BPS) / BPS;
        uint256 fromUnbonding = (uint256(record.unbonding) * SLASH_BPS) / BPS;
        // forge-lint: disable-next-line(unsafe-typecast) a part of itself
        record.unbonding -= uint96(fromUnbonding);
        _setStake(node, record.operator, staked - fromStake);
        emit Slashed(node, challenger, fromStake, fromUnbonding, staked - fromStake);
        // A liar that challenges itself first must not get half of its slash back.
        uint256 reward = Math.min((fromStake + fromUnbonding) / 2, maxReward);
        token.burn(fromStake + fromUnbonding - reward);
        token.pay(challenger, reward);
    }

    /// @inheritdoc INodeRegistry
    function bench(uint32 node) external {
        _checkKnown(node);
        if (_isBenched(node)) revert NodeRegistry_AlreadyBenched(node);
        uint64 lastBusy = IProofLedger(ledger).lastCommittedEpoch(node);
        if (lastBusy < _records[node].activatedIn) lastBusy = _records[node].activatedIn;
        if (!IProofLedger(ledger).isFinal(lastBusy + BENCH_EPOCHS)) revert NodeRegistry_NotIdle(node);
        _setBenched(node, true);
        emit Benched(node);
    }

    /// @inheritdoc INodeRegistry
    function unbench(uint32 node) external {
        _checkLedger();
        _setBenched(node, false);
        emit Unbenched(node);
    }

    /// @inheritdoc INodeRegistry
    function getNode(uint32 node) external view returns (Node memory) {
        _checkKnown(node);
        Record storage record = _records[node];
        return
            Node({
                operator: record.operator,
                unbondsAt: record.unbondsAt,
                benched: _isBenched(node),
                nodeId: record.nodeId,
                witness: record.witness,
                metadata: record.metadata,
                stake: _stakeOf(node),
                unbonding: record.unbonding
            });
    }

    /// @inheritdoc INodeRegistry
    function indexOf(bytes32 nodeId) external view returns (uint32) {
        uint256 position = _indexOf[nodeId];
        if (position == 0) revert NodeRegistry_UnknownNodeId(nodeId);
        // forge-lint: disable-next-line(unsafe-typecast) an index, below 2^24
        return uint32(position - 1);
    }

    /// @inheritdoc INodeRegistry
    function operatorOf(uint32 node) external view returns (address) {
        _checkKnown(node);
        return _records[node].operator;
    }

    /// @inheritdoc INodeRegistry
    function witnessAt(uint32 node, uint64 epoch) external view returns (address) {
        _checkKnown(node);
        address former = _formerWitness(node, epoch);
        return former == address(0) ? _records[node].witness : former;
    }

    /// @inheritdoc INodeRegistry
    function commitBasis(
        uint32 node,
        uint64 epoch,
        address caller
    ) external view returns (bool authorized, bool benched, uint64 activatedIn, uint256 least) {
        Record storage record = _records[node];
        activatedIn = record.activatedIn;
        // The hot key first: it commits every epoch.
        authorized = caller == record.witness;
        if (!authorized) {
            address operator = record.operator;
            if (operator == address(0)) revert NodeRegistry_UnknownNode(node);
            authorized = caller == operator;
        }
        (benched, least) = _commitState(node, epoch);
    }

    function _register(
        bytes32 nodeId,
        address witness,
        bytes32 metadata,
        uint256 amount,
        bytes calldata proofOfPossession
    ) private whenNotPaused returns (uint32 node) {
        if (amount < MIN_STAKE) revert NodeRegistry_StakeTooSmall(amount, MIN_STAKE);
        if (_indexOf[nodeId] != 0) revert NodeRegistry_NodeIdTaken(nodeId);
        _takeWitness(witness, nodeId, proofOfPossession);
        node = _appendNode(msg.sender, amount);
        _indexOf[nodeId] = uint256(node) + 1;
        Record storage record = _records[node];
        record.operator = msg.sender;
        record.activatedIn = uint32(_currentEpoch());
        record.witness = witness;
        record.nodeId = nodeId;
        record.metadata = metadata;
        emit NodeRegistered(node, msg.sender, nodeId, witness, metadata, amount);
        _pull(msg.sender, amount);
    }

    function _checkKnown(uint32 node) private view {
        if (_records[node].operator == address(0)) revert NodeRegistry_UnknownNode(node);
    }

    function _checkOperator(uint32 node) private view {
        _checkKnown(node);
        if (msg.sender != _records[node].operator) revert NodeRegistry_OnlyOperator(node, msg.sender);
    }

    function _checkLedger() private view {
        if (msg.sender != ledger) revert NodeRegistry_OnlyLedger(msg.sender);
    }
}
