// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {World} from "../World.sol";

/// @title Proposals from the first word to the last, and the guardian
abstract contract GovernanceActs is World {
    enum Kind {
        Pay,
        Migrate,
        SetParameters,
        SetGuardian,
        SetVotingDelay
    }

    /// @param value what the action carries. @param raw and ballots by support, as the voters' stakes say.
    struct Motion {
        uint256 id;
        address proposer;
        Kind kind;
        uint256 value;
        uint256 number;
        uint256 snapshot;
        bool cancelled;
        uint256[3] raw;
        uint256[3] ballots;
    }

    uint256 private constant MAX_MOTIONS = 8;
    uint64 private constant WEEK = 168;
    uint256 private constant RESERVE = 400_000_000 ether;

    Motion[] internal _motions;
    uint256 public migrated;

    function motions() external view returns (Motion[] memory) {
        return _motions;
    }

    function propose(uint256 seed, uint256 kind, uint256 value) public {
        for (uint256 i = 0; i < ACTORS && _motions.length < MAX_MOTIONS; ++i) {
            address by = _actor(seed % ACTORS + i);
            if (registry.getPastVotes(by, block.timestamp - 1) < governor.proposalThreshold()) continue;
            Motion storage it = _motions.push();
            (it.proposer, it.kind, it.value, it.number) = (by, Kind(kind % 5), value, _motions.length);
            it.snapshot = block.timestamp + governor.votingDelay();
            (address[] memory targets, uint256[] memory values, bytes[] memory data, string memory text) = _content(it);
            vm.prank(by);
            it.id = governor.propose(targets, values, data, text);
            _did("propose");
            return;
        }
    }

    function vote(uint256 seed, uint256 voter, uint256 support) external {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            if (governor.state(it.id) != IGovernor.ProposalState.Active) continue;
            for (uint256 j = 0; j < ACTORS; ++j) {
                address by = _actor(voter % ACTORS + j);
                if (governor.hasVoted(it.id, by)) continue;
                _vote(it, by, support);
                _did("vote");
                return;
            }
        }
    }

    /// @dev Within the last extension, one after the other, maybe the first turning the outcome.
    function voteLate(uint256 seed, uint256 time) external {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            uint256 closesAt = it.snapshot + 2 * EPOCH - bound(time, 0, 299);
            if (governor.state(it.id) != IGovernor.ProposalState.Active || block.timestamp > closesAt) continue;
            // The quorum by abstaining, the rest in the last moment.
            if (!governor.hasVoted(it.id, _actor(ACTORS - 1))) _vote(it, _actor(ACTORS - 1), 5);
            vm.warp(closesAt);
            for (uint256 j = 0; j < ACTORS; ++j) {
                if (governor.hasVoted(it.id, _actor(j))) continue;
                _vote(it, _actor(j), 0);
                if (time % 2 == 0) vm.warp(governor.proposalDeadline(it.id));
            }
            _did("voteLate");
            return;
        }
    }

    /// @dev Most vote, mostly for it: or hardly anything would ever pass.
    function voteAll(uint256 seed, uint256 answers) public {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            if (governor.state(it.id) != IGovernor.ProposalState.Active) continue;
            for (uint256 j = 0; j < ACTORS; ++j) {
                bool abstains = answers >> (8 * j + 64) & 3 == 3;
                if (!abstains && !governor.hasVoted(it.id, _actor(j))) _vote(it, _actor(j), answers >> (8 * j));
            }
            _did("voteAll");
            return;
        }
    }

    function queue(uint256 seed) public {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            if (governor.state(it.id) != IGovernor.ProposalState.Succeeded) continue;
            (address[] memory targets, uint256[] memory values, bytes[] memory data, string memory text) = _content(it);
            governor.queue(targets, values, data, keccak256(bytes(text)));
            _did("queue");
            return;
        }
    }

    function execute(uint256 seed) external {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            bool isQueued = governor.state(it.id) == IGovernor.ProposalState.Queued;
            if (!isQueued || block.timestamp < governor.proposalEta(it.id)) continue;
            (address[] memory targets, uint256[] memory values, bytes[] memory data, string memory text) = _content(it);
            // REW-4: what epochs have earned does not move.
            bool fails = it.kind == Kind.Migrate && _amount(it) > _movable();
            try governor.execute(targets, values, data, keccak256(bytes(text))) {
                check(!fails, "REW-4 moved what was earned");
            } catch (bytes memory answer) {
                if (!fails) _bubble(answer);
                _did("migrateRefused");
                continue;
            }
            if (it.kind == Kind.Pay) burned += _amount(it) / 100;
            if (it.kind == Kind.Migrate) migrated += _amount(it);
            if (it.kind == Kind.Migrate) surplus[address(successor)] += _amount(it);
            _did("execute");
            return;
        }
    }

    /// @dev GOV-3: what is queued, and not its own removal.
    function cancelByGuardian(uint256 seed) external {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            if (governor.state(it.id) != IGovernor.ProposalState.Queued) continue;
            // Of now, or of when it was proposed.
            address guardian = seed % 3 == 0 ? governor.guardianOf(it.id) : seat.guardian();
            if (_cancel(it, guardian, it.kind != Kind.SetGuardian)) _did("cancelByGuardian");
            else _did("guardianRefused");
            return;
        }
    }

    function cancelByProposer(uint256 seed) external {
        for (uint256 i = 0; i < _motions.length; ++i) {
            Motion storage it = _motionAt(seed, i);
            if (governor.state(it.id) != IGovernor.ProposalState.Pending) continue;
            if (_cancel(it, it.proposer, true)) _did("cancelByProposer");
            return;
        }
    }

    function pause(uint256 seed, uint256 time) external {
        if (seed % 2 != 0) return;
        bool isFirst = seat.stretchStart() == 0;
        bool isNew = isFirst || block.timestamp >= uint256(seat.stretchStart()) + 30 days;
        uint256 latest = (isNew ? block.timestamp : seat.stretchStart()) + 7 days;
        uint256 until = block.timestamp + bound(time, 1, time % 16 == 0 ? 7 days : 4 * EPOCH);
        address guardian = seat.guardian();
        vm.prank(guardian);
        try seat.pause(uint64(until)) {
            check(until <= latest, "GOV-3 seven days in thirty");
            _did("pause");
        } catch {
            check(until > latest, "GOV-3 may pause");
        }
    }

    function unpause() external {
        if (!_isPaused()) return;
        address guardian = seat.guardian();
        vm.prank(guardian);
        seat.unpause();
        _did("unpause");
    }

    function _vote(Motion storage it, address by, uint256 support) private {
        uint256 weight = registry.getPastVotes(by, it.snapshot);
        if (weight == 0) return;
        uint8 answer = support % 8 < 5 ? 1 : uint8(support % 3);
        // GOV-2: a vote in the last moment opens a time in which only Against counts.
        if (block.timestamp > governor.objectionsFrom(it.id)) {
            answer = 0;
            _did("object");
        }
        it.raw[answer] += weight;
        it.ballots[answer] += Math.sqrt(weight);
        vm.prank(by);
        equal(governor.castVote(it.id, answer), weight, "GOV-1 raw units");
    }

    function _cancel(Motion storage it, address by, bool allowed) private returns (bool) {
        (address[] memory targets, uint256[] memory values, bytes[] memory data, string memory text) = _content(it);
        vm.prank(by);
        try governor.cancel(targets, values, data, keccak256(bytes(text))) {
            check(allowed, "GOV-3 cancelled its own removal");
            it.cancelled = true;
        } catch {
            check(!allowed, "GOV-3 may cancel");
        }
        return allowed;
    }

    function _content(
        Motion storage it
    ) internal view returns (address[] memory targets, uint256[] memory values, bytes[] memory data, string memory) {
        targets = new address[](1);
        values = new uint256[](1);
        data = new bytes[](1);
        (targets[0], data[0]) = _action(it);
        string memory text = string.concat(
            "Motion ",
            Strings.toString(it.number),
            "\n#proposer=",
            Strings.toHexString(it.proposer)
        );
        return (targets, values, data, text);
    }

    function _action(Motion storage it) private view returns (address, bytes memory) {
        if (it.kind == Kind.Pay) {
            return (address(token), abi.encodeCall(token.transfer, (_actor(it.value), _amount(it))));
        }
        if (it.kind == Kind.Migrate) {
            return (address(rewards), abi.encodeCall(rewards.migrateReserve, (address(successor), _amount(it))));
        }
        if (it.kind == Kind.SetParameters) {
            uint256 target = bound(it.value / POOL, 1_000 ether, 20_000 ether);
            // So much that the reserve ends within a few epochs.
            uint256 pool = bound(it.value, 0, 300_000_000 ether);
            return (address(rewards), abi.encodeCall(rewards.setParameters, (pool, target)));
        }
        if (it.kind == Kind.SetGuardian) {
            address next = address(uint160(0x6ad + (it.value % 4)));
            return (address(seat), abi.encodeCall(seat.setGuardian, (next)));
        }
        return (address(governor), abi.encodeCall(governor.setVotingDelay, (uint48(bound(it.value, 1, 300)))));
    }

    /// @dev Small next to the treasury; of the reserve about what may move, now and then.
    function _amount(Motion storage it) private view returns (uint256) {
        if (it.kind == Kind.Migrate && it.value % 2 == 1) return RESERVE - WEEK * POOL - bound(it.value, 0, POOL);
        return bound(it.value, 0, 50_000 ether);
    }

    /// @dev REW-4: what no epoch has earned, but for the pools of the last 168 epochs that nobody claimed in.
    function _movable() private view returns (uint256 most) {
        most = rewards.unallocated();
        uint64 current = ledger.currentEpoch();
        for (uint64 back = 0; back < WEEK; ++back) {
            (bool opened, ) = rewards.earnedOf(current - back);
            uint256 pool = opened ? 0 : rewards.poolPerEpochAt(current - back);
            most = most > pool ? most - pool : 0;
        }
    }

    function _motionAt(uint256 seed, uint256 i) internal view returns (Motion storage) {
        uint256 length = _motions.length;
        return _motions[(seed % length + i) % length];
    }
}
