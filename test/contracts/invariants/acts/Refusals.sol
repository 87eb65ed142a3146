// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IMarketplace} from "../../../../contracts/interfaces/IMarketplace.sol";
import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {IProofLedger} from "../../../../contracts/interfaces/IProofLedger.sol";
import {IRelayChannels} from "../../../../contracts/interfaces/IRelayChannels.sol";
import {ChannelActs} from "./ChannelActs.sol";
import {GovernanceActs} from "./GovernanceActs.sol";
import {MarketActs} from "./MarketActs.sol";
import {RewardActs} from "./RewardActs.sol";

/// @title What must never succeed, tried whenever the state forbids it
abstract contract Refusals is RewardActs, ChannelActs, MarketActs, GovernanceActs {
    function refuse(uint256 seed, uint256 kind) external {
        kind %= 6;
        if (kind == 0) _claimEarly(seed);
        else if (kind == 1) _withdrawEarly(seed);
        else if (kind == 2) _enforceWithoutReason(seed);
        else if (kind == 3) _commitOutOfTime(seed);
        else if (kind == 4) _answerLate(seed);
        else _finishCloseEarly(seed);
    }

    function refuseAgain(uint256 seed, uint256 kind) external {
        kind %= 6;
        if (kind == 0) _settleEarly(seed);
        else if (kind == 1) _endByAStranger(seed);
        else if (kind == 2) _voteTwice(seed);
        else if (kind == 3) _executeUndecided(seed);
        else if (kind == 4) _redeemByAnothersVoucher(seed);
        else _rule(seed);
    }

    function _claimEarly(uint256 seed) private {
        uint64[] memory list = new uint64[](1);
        // Final is what lies three windows of one epoch each behind its end (PRF-5).
        list[0] = ledger.currentEpoch() - uint64(seed % 4);
        bytes memory data = abi.encodeCall(rewards.claim, (_node(seed / 4), list));
        _mustFail(_actor(seed), address(rewards), data, "REW-1 early");
        _did("refuseClaim");
    }

    function _withdrawEarly(uint256 seed) private {
        uint32 node = _node(seed);
        INodeRegistry.Node memory it = registry.getNode(node);
        bool isDue = it.unbonding > 0 && block.timestamp >= it.unbondsAt;
        if (isDue && !ledger.isUnderChallenge(node)) return;
        _mustFail(it.operator, address(registry), abi.encodeCall(registry.withdraw, (node)), "REG-3 early");
        _did(isDue ? "refuseWithdrawUnderChallenge" : "refuseWithdraw");
    }

    function _enforceWithoutReason(uint256 seed) private {
        for (uint256 i = 0; i < _proofs.length; ++i) {
            Proof memory it = _proofAt(seed, i);
            bool isEnforced = ledger.commitOf(it.node, it.epoch).enforced;
            bool isWanted = seed % 2 == 0 ? isEnforced : !ledger.isVoid(it.node, it.epoch);
            if (!isWanted) continue;
            bytes memory data = abi.encodeCall(ledger.enforce, (it.node, it.epoch));
            _mustFail(_actor(seed), address(ledger), data, "PRF-4 enforced");
            _did(isEnforced ? "refuseEnforceTwice" : "refuseEnforce");
            return;
        }
    }

    function _commitOutOfTime(uint256 seed) private {
        uint32 node = _node(seed);
        uint64 epoch = ledger.currentEpoch() - (seed % 2 == 0 ? 0 : 2);
        bytes memory data = abi.encodeCall(ledger.commit, (IProofLedger.CommitArgs(node, epoch, 1, 0, 1, 0)));
        _mustFail(registry.operatorOf(node), address(ledger), data, "PRF-2 out of time");
        _did("refuseCommit");
    }

    function _answerLate(uint256 seed) private {
        for (uint256 i = 0; i < _proofs.length; ++i) {
            Proof memory it = _proofAt(seed, i);
            (bool found, uint256 id) = _ofTheTruth(it);
            if (!found) continue;
            IProofLedger.Challenge memory target = ledger.challengeOf(it.node, it.epoch, id);
            if (!target.closed && block.timestamp <= target.deadline) continue;
            IProofLedger.SlotAnswer[] memory answers = new IProofLedger.SlotAnswer[](1);
            answers[0].slot = it.slot;
            (, answers[0].receipts) = _receipts(it.node, it.epoch, it.slot);
            bytes memory data = abi.encodeCall(ledger.answer, (it.node, it.epoch, id, answers));
            _mustFail(_actor(seed), address(ledger), data, "PRF-4 answered late");
            _did("refuseAnswer");
            return;
        }
    }

    function _finishCloseEarly(uint256 seed) private {
        for (uint256 i = 0; i < _channelIds.length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            if (!it.closed && it.closesAt != 0 && block.timestamp >= it.closesAt) continue;
            _mustFail(it.payer, address(channels), abi.encodeCall(channels.finishClose, (id)), "CHN-2 early");
            _did("refuseFinishClose");
            return;
        }
    }

    function _settleEarly(uint256 seed) private {
        for (uint256 i = 0; i < marketplace.leaseCount(); ++i) {
            uint256 lease = _leaseAt(seed, i);
            IMarketplace.Lease memory it = marketplace.leaseOf(lease);
            if (it.next < it.end && ledger.isFinal(it.next)) continue;
            _mustFail(it.provider, address(marketplace), abi.encodeCall(marketplace.settle, (lease, 1)), "MKT-3 early");
            _did("refuseSettle");
            return;
        }
    }

    function _endByAStranger(uint256 seed) private {
        if (marketplace.leaseCount() == 0) return;
        uint256 lease = _leaseAt(seed, 0);
        IMarketplace.Lease memory it = marketplace.leaseOf(lease);
        address stranger = _actor(seed / 7);
        if (stranger == it.tenant || stranger == it.provider) return;
        uint32 current = uint32(ledger.currentEpoch());
        address market = address(marketplace);
        _mustFail(stranger, market, abi.encodeCall(marketplace.cancel, (lease)), "MKT-4 a stranger");
        _mustFail(stranger, market, abi.encodeCall(marketplace.terminate, (lease)), "MKT-4 a stranger");
        _mustFail(stranger, market, abi.encodeCall(marketplace.reject, (lease, current)), "MKT-6 a stranger");
        // Nor the tenant, once an epoch more is over.
        _mustFail(it.tenant, market, abi.encodeCall(marketplace.reject, (lease, current - 2)), "MKT-6 late");
        _did("refuseEnd");
    }

    function _voteTwice(uint256 seed) private {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            for (uint256 j = 0; j < ACTORS; ++j) {
                if (!governor.hasVoted(it.id, _actor(j))) continue;
                bytes memory data = abi.encodeCall(IGovernor.castVote, (it.id, uint8(seed % 3)));
                _mustFail(_actor(j), address(governor), data, "GOV-1 voted twice");
                _did("refuseVote");
                return;
            }
        }
    }

    function _executeUndecided(uint256 seed) private {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            IGovernor.ProposalState state = governor.state(it.id);
            if (state == IGovernor.ProposalState.Succeeded) continue;
            bool isQueued = state == IGovernor.ProposalState.Queued;
            if (isQueued && block.timestamp >= governor.proposalEta(it.id)) continue;
            (address[] memory targets, uint256[] memory values, bytes[] memory data, string memory text) = _content(it);
            bytes32 hash = keccak256(bytes(text));
            bytes memory queueing = abi.encodeCall(IGovernor.queue, (targets, values, data, hash));
            bytes memory executing = abi.encodeCall(IGovernor.execute, (targets, values, data, hash));
            _mustFail(_actor(seed), address(governor), queueing, "GOV-2 queued");
            _mustFail(_actor(seed), address(governor), executing, "GOV-3 executed");
            _did("refuseExecute");
            return;
        }
    }

    function _redeemByAnothersVoucher(uint256 seed) private {
        for (uint256 i = 1; i < _channelIds.length; ++i) {
            (bytes32 id, IRelayChannels.Channel memory it) = _channelAt(seed, i);
            (bytes32 other, ) = _channelAt(seed, 0);
            bytes memory data = abi.encodeCall(channels.redeem, (id, it.deposit, _voucher(other, it.deposit)));
            _mustFail(it.payee, address(channels), data, "CHN-1 another's voucher");
            _did("refuseRedeem");
            return;
        }
    }

    /// @dev What belongs to the ledger, the vaults, the timelock, the guardian.
    function _rule(uint256 seed) private {
        address by = _actor(seed);
        bytes memory slashing = abi.encodeCall(registry.slash, (_node(seed), by, BOND));
        _mustFail(by, address(registry), slashing, "REG-4 not the ledger");
        _mustFail(by, address(token), abi.encodeCall(token.pay, (by, 1)), "TOK-3 not a vault");
        _mustFail(by, address(token), abi.encodeCall(token.refund, (by, 1)), "TOK-3 not a vault");
        _mustFail(by, address(token), abi.encodeCall(token.migrate, (address(successor), 1)), "REW-4 not the rewards");
        _mustFail(by, address(token), abi.encodeCall(token.removeVault, (address(registry))), "TOK-4 not the timelock");
        _mustFail(by, address(rewards), abi.encodeCall(rewards.migrateReserve, (address(successor), 0)), "REW-4");
        _mustFail(by, address(rewards), abi.encodeCall(rewards.setParameters, (0, TARGET)), "GOV-3 not the timelock");
        bytes memory pausing = abi.encodeCall(seat.pause, (uint64(block.timestamp + 1)));
        _mustFail(by, address(seat), pausing, "GOV-3 not the guardian");
        _did("refuseToRule");
    }

    function _mustFail(address from, address to, bytes memory data, string memory rule) private {
        vm.prank(from);
        (bool done, ) = to.call(data);
        check(!done, rule);
    }
}
