// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {IProofLedger} from "../../../../contracts/interfaces/IProofLedger.sol";
import {Receipts} from "./Receipts.sol";

/// @title Commits, true and false, and the challenge game
abstract contract ProofActs is Receipts {
    /// @param slot the one slot of a commit that can be answered, if it is true.
    struct Proof {
        uint32 node;
        uint64 epoch;
        uint8 slot;
        bool isTrue;
    }

    struct Bond {
        uint32 node;
        uint64 epoch;
        uint256 id;
    }

    uint256 private constant LOOK_BACK = 24;


    Proof[] internal _proofs;
    mapping(uint32 node => uint64[]) private _maintenance;
    Bond[] internal _bonds;

    /// @notice Every challenge that was made.
    function bonds() external view returns (Bond[] memory) {
        return _bonds;
    }

    /// @dev Every slot, without a receipt: nobody may find out.
    function commitLie(uint256 seed, uint256 slots) public {
        uint128 bitmap = slots % 4 == 0 ? uint128(slots) & 0xfff : 0xfff;
        if (_commit(_free(seed), 0, false, bitmap, keccak256(abi.encode(seed)))) _did("commitLie");
    }

    /// @dev One true slot, and maybe a false one behind it. Half of them are challenged at once: within a random run
    /// few challenges would be answered in time.
    function commitTruth(uint256 seed, uint256 slotSeed) public {
        uint32 node = _free(seed);
        uint8 slot = uint8(slotSeed % 12);
        (bytes32 root, ) = _receipts(node, ledger.currentEpoch() - 1, slot);
        uint128 lie = (slotSeed / 24) % 2 == 0 ? 0 : uint128(1) << ((slot + 1) % 12);
        if (root == 0 || !_commit(node, slot, true, (uint128(1) << slot) | lie, root)) return;
        _did("commitTruth");
        if (slotSeed % 24 < 12) return;
        Proof memory it = _proofs[_proofs.length - 1];
        _challenge(it, _actor(seed / 5), uint128(1) << slot);
        if (lie != 0) _challenge(it, _actor(seed / 7), lie);
    }

    function commitBatch(uint256 seed) external {
        address operator = _actor(seed);
        uint64 epoch = ledger.currentEpoch() - 1;
        IProofLedger.CommitArgs[] memory list = new IProofLedger.CommitArgs[](registry.nodeCount());
        uint256 size = 0;
        for (uint32 node = 0; node < list.length && size < 8; ++node) {
            if (registry.operatorOf(node) != operator || !_canCommit(node, epoch)) continue;
            list[size++] = IProofLedger.CommitArgs(node, epoch, 0xfff, bytes32(seed), 1, 0);
            _note(node, epoch, 0, false);
        }
        if (size == 0) return;
        assembly ("memory-safe") {
            mstore(list, size)
        }
        vm.prank(operator);
        ledger.commitBatch(list);
        for (uint256 i = 0; i < size; ++i) _checkWeight(list[i].node, epoch);
        _did("commitBatch");
    }

    /// @dev PRF-3: an epoch ahead, at most six in any 168.
    function announceMaintenance(uint256 seed, uint256 ahead, uint256 count) external {
        uint32 node = _node(seed);
        uint64 first = uint64((block.timestamp + 2 * EPOCH - 1) / EPOCH + bound(ahead, 0, 30));
        count = bound(count, 1, 3);
        uint64[] storage known = _maintenance[node];
        uint256 before = known.length;
        for (uint64 epoch = first; epoch < first + count; ++epoch) if (!_contains(known, epoch)) known.push(epoch);
        bool allowed = _fits(known);
        address operator = registry.operatorOf(node);
        vm.prank(operator);
        try ledger.announceMaintenance(node, first, uint64(count)) {
            check(allowed, "PRF-3 more than six");
            _did("announceMaintenance");
        } catch {
            check(!allowed, "PRF-3 may announce");
            while (known.length > before) known.pop();
        }
    }

    function challenge(uint256 seed, uint256 actor, uint256 slots) public {
        for (uint256 i = 0; i < _proofs.length && i < LOOK_BACK; ++i) {
            Proof memory it = _proofAt(seed, i);
            uint128 free = _nameable(it);
            if (free == 0) continue;
            uint128 wanted = uint128(slots) & free;
            if (_challenge(it, _actor(actor), _atMostFour(wanted == 0 ? free : wanted))) _did("challenge");
            return;
        }
    }

    /// @dev So that there is something to answer.
    function challengeTruth(uint256 seed, uint256 actor) public {
        for (uint256 i = 0; i < _proofs.length && i < LOOK_BACK; ++i) {
            Proof memory it = _proofAt(seed, i);
            if (!it.isTrue || (_nameable(it) >> it.slot) & 1 == 0) continue;
            if (_challenge(it, _actor(actor), uint128(1) << it.slot)) _did("challengeTruth");
            return;
        }
    }

    function answer(uint256 seed) public {
        for (uint256 i = 0; i < _proofs.length && i < LOOK_BACK; ++i) {
            Proof memory it = _proofAt(seed, i);
            (bool found, uint256 id) = _ofTheTruth(it);
            if (!found) continue;
            IProofLedger.Challenge memory target = ledger.challengeOf(it.node, it.epoch, id);
            if (target.closed || block.timestamp > target.deadline) continue;
            IProofLedger.SlotAnswer[] memory answers = new IProofLedger.SlotAnswer[](1);
            answers[0].slot = it.slot;
            // To the last second.
            if (seed % 3 == 0) vm.warp(target.deadline);
            (, answers[0].receipts) = _receipts(it.node, it.epoch, it.slot);
            vm.prank(_actor(seed / 7));
            ledger.answer(it.node, it.epoch, id, answers);
            burned += BOND;
            if (ledger.commitOf(it.node, it.epoch).openChallenges > 0) _did("answerOneOfTwo");
            _did("answer");
            return;
        }
    }

    function enforce(uint256 seed) public {
        for (uint256 i = 0; i < _proofs.length; ++i) {
            Proof memory it = _proofAt(seed, i);
            if (!ledger.isVoid(it.node, it.epoch) || ledger.commitOf(it.node, it.epoch).enforced) continue;
            _enforce(it.node, it.epoch);
            _did("enforce");
            return;
        }
    }

    /// @dev REG-4, PRF-4, to the wei.
    function _enforce(uint32 node, uint64 epoch) private {
        INodeRegistry.Node memory before = registry.getNode(node);
        (address earliest, uint256 returned) = _unanswered(node, epoch);
        uint256 fromStake = before.stake / 10;
        uint256 fromUnbonding = before.unbonding / 10;
        uint256 reward = (fromStake + fromUnbonding) / 2;
        if (reward > 10 * BOND) {
            reward = 10 * BOND;
            _did("enforceCapped");
        }
        uint256 balance = token.balanceOf(earliest);
        ledger.enforce(node, epoch);
        equal(token.balanceOf(earliest), balance + returned + reward - reward / 100, "PRF-4 reward and bonds");
        INodeRegistry.Node memory next = registry.getNode(node);
        equal(next.stake, before.stake - fromStake, "REG-4 stake");
        equal(next.unbonding, before.unbonding - fromUnbonding, "REG-4 unbonding");
        burned += fromStake + fromUnbonding - reward + reward / 100;
    }

    /// @return earliest who made the first unanswered challenge. @return returned the bonds it gets back.
    function _unanswered(uint32 node, uint64 epoch) private view returns (address earliest, uint256 returned) {
        for (uint256 id = 0; id < ledger.challengeCount(node, epoch); ++id) {
            IProofLedger.Challenge memory it = ledger.challengeOf(node, epoch, id);
            if (it.closed) continue;
            if (earliest == address(0)) earliest = it.challenger;
            if (it.challenger == earliest) returned += BOND;
        }
    }

    function _challenge(Proof memory it, address by, uint128 slots) private returns (bool) {
        // A retired vault takes bonds too, but then the challenger bears the burn (TOK-4).
        uint256 cost = _isActiveVault(address(ledger)) ? BOND : BOND + BOND / 99 + 1;
        if (token.balanceOf(by) < cost) return false;
        if (cost > BOND) {
            burned += cost / 100;
            surplus[address(ledger)] += cost - cost / 100 - BOND;
        }
        _bonds.push(Bond(it.node, it.epoch, ledger.challengeCount(it.node, it.epoch)));
        vm.prank(by);
        ledger.challenge(it.node, it.epoch, slots);
        return true;
    }

    /// @dev The challenge that names the true slot and no other.
    function _ofTheTruth(Proof memory it) internal view returns (bool found, uint256 id) {
        if (!it.isTrue) return (false, 0);
        for (; id < ledger.challengeCount(it.node, it.epoch); ++id) {
            if (ledger.challengeOf(it.node, it.epoch, id).slots == uint128(1) << it.slot) return (true, id);
        }
    }

    /// @dev The slots of a commit that a challenge may name now.
    function _nameable(Proof memory it) private view returns (uint128) {
        if (block.timestamp >= (uint256(it.epoch) + 3) * EPOCH || ledger.isVoid(it.node, it.epoch)) return 0;
        IProofLedger.Commit memory made = ledger.commitOf(it.node, it.epoch);
        return made.bitmap & ~made.named;
    }

    function _contains(uint64[] storage list, uint64 epoch) private view returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) if (list[i] == epoch) return true;
        return false;
    }

    function _fits(uint64[] storage list) private view returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            uint256 near = 0;
            for (uint256 j = 0; j < list.length; ++j) if (list[j] >= list[i] && list[j] - list[i] < 168) ++near;
            if (near > 6) return false;
        }
        return true;
    }

    function _atMostFour(uint128 slots) private pure returns (uint128 few) {
        for (uint256 i = 0; i < 4 && slots != 0; ++i) {
            uint128 lowest = slots & (~slots + 1);
            few |= lowest;
            slots ^= lowest;
        }
    }

    /// @dev Of the latest proofs; those still open to challenge are among them.
    function _proofAt(uint256 seed, uint256 i) internal view returns (Proof memory) {
        uint256 length = _proofs.length;
        uint256 reach = length < LOOK_BACK ? length : LOOK_BACK;
        return _proofs[length - 1 - ((seed % reach + i) % reach)];
    }

    /// @dev A node that may commit the last epoch; any node if there is none.
    function _free(uint256 seed) private view returns (uint32 node) {
        for (uint256 i = 0; i < registry.nodeCount(); ++i) {
            node = _node(seed % 1024 + i);
            if (_canCommit(node, ledger.currentEpoch() - 1)) return node;
        }
    }

    function _canCommit(uint32 node, uint64 epoch) private view returns (bool) {
        return ledger.commitOf(node, epoch).committedAt == 0 && registry.stakeThrough(node, epoch) != 0;
    }

    function _commit(uint32 node, uint8 slot, bool isTrue, uint128 bitmap, bytes32 root) private returns (bool) {
        uint64 epoch = ledger.currentEpoch() - 1;
        if (!_canCommit(node, epoch)) return false;
        _note(node, epoch, slot, isTrue);
        address witness = registry.getNode(node).witness;
        vm.prank(witness);
        ledger.commit(IProofLedger.CommitArgs(node, epoch, bitmap, root, 1, 0));
        _checkWeight(node, epoch);
        return true;
    }

    /// @dev PRF-2.
    function _checkWeight(uint32 node, uint64 epoch) private {
        IProofLedger.Commit memory made = ledger.commitOf(node, epoch);
        uint256 percent = made.bonus ? 110 : 100;
        uint256 stake = registry.stakeThrough(node, epoch);
        equal(made.weight, (stake * _uptime(node, epoch) * percent) / 1200, "PRF-2 weight");
        if (made.bonus) _did("bonus");
    }

    /// @dev PRF-4: a void epoch counts as down.
    function _uptime(uint32 node, uint64 epoch) internal view returns (uint256 slotsUp) {
        uint128 bitmap = ledger.isVoid(node, epoch) ? 0 : ledger.commitOf(node, epoch).bitmap;
        for (; bitmap != 0; bitmap &= bitmap - 1) ++slotsUp;
        equal(ledger.uptimeOf(node, epoch), slotsUp, "PRF-4 uptime");
    }

    function _note(uint32 node, uint64 epoch, uint8 slot, bool isTrue) private {
        if (_epochs.length == 0 || _epochs[_epochs.length - 1] != epoch) _epochs.push(epoch);
        _proofs.push(Proof(node, epoch, slot, isTrue));
    }
}
