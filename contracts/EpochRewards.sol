// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEpochRewards} from "./interfaces/IEpochRewards.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IProofLedger} from "./interfaces/IProofLedger.sol";
import {IX0TToken} from "./interfaces/IX0TToken.sol";
import {Trace} from "./libraries/Trace.sol";
import {VaultBase} from "./VaultBase.sol";

/// @title The reserve that pays uptime; see IEpochRewards
contract EpochRewards is IEpochRewards, VaultBase {
    using Trace for Trace.Checkpoints;

    /// @dev Amounts in wei; the table of docs/spec/contracts.md. The bounds are what GOV-4 lets governance move within.
    struct Parameters {
        IX0TToken token;
        INodeRegistry registry;
        IProofLedger ledger;
        address timelock;
        uint256 poolPerEpoch;
        uint256 maxPoolPerEpoch;
        uint256 targetStake;
        uint256 minTargetStake;
        uint256 maxTargetStake;
    }

    struct Epoch {
        uint96 earned;
        uint128 totalWeight;
        bool opened;
    }

    uint256 private constant MAX_EPOCHS = 168;

    INodeRegistry public immutable registry;
    IProofLedger public immutable ledger;
    address public immutable timelock;
    uint256 public immutable maxPoolPerEpoch;
    uint256 public immutable minTargetStake;
    uint256 public immutable maxTargetStake;

    Trace.Checkpoints private _pool;
    Trace.Checkpoints private _target;
    mapping(uint64 epoch => Epoch) private _epochs;
    /// @dev Bit e mod 256 of word e / 256.
    mapping(uint32 node => mapping(uint256 word => uint256)) private _claimed;
    /// @dev Σ earned − Σ paid, wei.
    uint256 private _owed;

    constructor(Parameters memory p) VaultBase(p.token) {
        bool good = address(p.token) != address(0) &&
            address(p.registry) != address(0) &&
            address(p.ledger) != address(0) &&
            p.timelock != address(0) &&
            p.minTargetStake > 0 &&
            p.minTargetStake <= p.maxTargetStake &&
            p.maxTargetStake <= type(uint96).max &&
            p.maxPoolPerEpoch <= type(uint96).max;
        if (!good) revert EpochRewards_BadParameters();
        registry = p.registry;
        ledger = p.ledger;
        timelock = p.timelock;
        maxPoolPerEpoch = p.maxPoolPerEpoch;
        minTargetStake = p.minTargetStake;
        maxTargetStake = p.maxTargetStake;
        _checkBounds(p.poolPerEpoch, 0, p.maxPoolPerEpoch);
        _checkBounds(p.targetStake, p.minTargetStake, p.maxTargetStake);
        // In force from the first epoch there is: traces begin with key 1.
        _pool.push(1, uint128(p.poolPerEpoch));
        _target.push(1, uint128(p.targetStake));
    }

    /// @inheritdoc IEpochRewards
    function claim(uint32 node, uint64[] calldata epochs) external returns (uint256 paid) {
        if (epochs.length > MAX_EPOCHS) revert EpochRewards_TooManyEpochs(epochs.length, MAX_EPOCHS);
        address operator = registry.operatorOf(node);
        for (uint256 i = 0; i < epochs.length; ++i) {
            uint64 epoch = epochs[i];
            // Anyone may claim: who claims one epoch first must not spoil the batch of another.
            if (isClaimed(node, epoch)) continue;
            // forge-lint: disable-next-line(incorrect-shift) a single bit
            _claimed[node][epoch >> 8] |= 1 << (epoch & 0xff);
            Epoch memory opened = _open(epoch);
            uint256 amount = _shareDown(opened.earned, ledger.weightOf(node, epoch), opened.totalWeight);
            paid += amount;
            emit Claimed(node, epoch, operator, amount);
        }
        if (paid == 0) return 0;
        _owed -= paid;
        token.pay(operator, paid);
    }

    /// @inheritdoc IEpochRewards
    function setParameters(uint256 poolPerEpoch, uint256 targetStake) external {
        _checkTimelock();
        _checkBounds(poolPerEpoch, 0, maxPoolPerEpoch);
        _checkBounds(targetStake, minTargetStake, maxTargetStake);
        uint64 effectiveEpoch = ledger.currentEpoch() + 1;
        // forge-lint: disable-next-line(unsafe-typecast) just bounded; an epoch is below 2^48
        _pool.push(uint48(effectiveEpoch), uint128(poolPerEpoch));
        // forge-lint: disable-next-line(unsafe-typecast) just bounded; an epoch is below 2^48
        _target.push(uint48(effectiveEpoch), uint128(targetStake));
        emit ParametersChanged(poolPerEpoch, targetStake, effectiveEpoch);
    }

    /// @inheritdoc IEpochRewards
    function migrateReserve(address successor, uint256 amount) external {
        _checkTimelock();
        uint256 most = movable();
        if (amount > most) revert EpochRewards_ReserveTooSmall(amount, most);
        emit ReserveMigrated(successor, amount);
        token.migrate(successor, amount);
    }

    /// @inheritdoc IEpochRewards
    function claimable(uint32 node, uint64 epoch) external view returns (uint256) {
        if (isClaimed(node, epoch) || !ledger.isFinal(epoch)) return 0;
        Epoch memory known = _epochs[epoch];
        if (!known.opened) known = _earn(epoch);
        return _shareDown(known.earned, ledger.weightOf(node, epoch), known.totalWeight);
    }

    /// @inheritdoc IEpochRewards
    function earnedOf(uint64 epoch) external view returns (bool opened, uint256 earned) {
        return (_epochs[epoch].opened, _epochs[epoch].earned);
    }

    /// @inheritdoc IEpochRewards
    function isClaimed(uint32 node, uint64 epoch) public view returns (bool) {
        // forge-lint: disable-next-line(incorrect-shift) a single bit
        return _claimed[node][epoch >> 8] & (1 << (epoch & 0xff)) != 0;
    }

    /// @inheritdoc IEpochRewards
    function unallocated() public view returns (uint256) {
        return token.balanceOf(address(this)) - _owed;
    }

    /// @inheritdoc IEpochRewards
    function movable() public view returns (uint256) {
        uint64 epoch = ledger.currentEpoch() + 1;
        uint256 kept = 0;
        for (uint256 i = 0; i < MAX_EPOCHS && epoch > 0; ++i) {
            --epoch;
            if (!_epochs[epoch].opened) kept += poolPerEpochAt(epoch);
        }
        uint256 free = unallocated();
        return free > kept ? free - kept : 0;
    }

    /// @inheritdoc IEpochRewards
    function poolPerEpochAt(uint64 epoch) public view returns (uint256 pool) {
        (, pool) = _pool.lookup(epoch);
    }

    /// @inheritdoc IEpochRewards
    function targetStakeAt(uint64 epoch) public view returns (uint256 target) {
        (, target) = _target.lookup(epoch);
    }

    /// @dev REW-1: the first claim fixes what a final epoch earned, and deducts it once.
    function _open(uint64 epoch) private returns (Epoch memory opened) {
        opened = _epochs[epoch];
        if (opened.opened) return opened;
        if (!ledger.isFinal(epoch)) revert EpochRewards_NotFinal(epoch);
        opened = _earn(epoch);
        _epochs[epoch] = opened;
        _owed += opened.earned;
        emit EpochOpened(epoch, opened.earned, opened.totalWeight);
    }

    function _earn(uint64 epoch) private view returns (Epoch memory) {
        uint256 weight = ledger.totalWeight(epoch);
        uint256 target = targetStakeAt(epoch);
        uint256 earned = weight == 0
            ? 0
            : Math.mulDiv(poolPerEpochAt(epoch), weight, weight > target ? weight : target);
        uint256 reserve = unallocated();
        if (earned > reserve) earned = reserve;
        // forge-lint: disable-next-line(unsafe-typecast) at most the reserve; a weight is at most 1.1 stakes
        return Epoch({earned: uint96(earned), totalWeight: uint128(weight), opened: true});
    }

    function _checkTimelock() private view {
        if (msg.sender != timelock) revert EpochRewards_OnlyTimelock(msg.sender);
    }

    /// @dev REW-2.
    function _shareDown(uint256 earned, uint256 weight, uint256 total) private pure returns (uint256) {
        return weight == 0 ? 0 : (earned * weight) / total;
    }

    function _checkBounds(uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert EpochRewards_OutOfBounds(value, least, most);
    }
}
