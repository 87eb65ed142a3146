// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IProofLedger} from "../../../contracts/interfaces/IProofLedger.sol";
import {IRelayChannels} from "../../../contracts/interfaces/IRelayChannels.sol";
import {IX0TToken} from "../../../contracts/interfaces/IX0TToken.sol";
import {Deployment} from "./Deployment.sol";
import {WithVm} from "./Vm.sol";

/// @title Everything people do with the protocol, in any order; each act here must succeed
/// @dev An act that the state does not allow returns early; any other revert fails the run.
contract ProtocolHandler is Deployment, WithVm {
    uint256 internal constant ACTORS = 5;
    uint256 internal constant WITNESS_KEY = 0x317e55;
    uint256 internal constant SIGNER_KEY = 0x51617e5;
    uint128 internal constant ALL_SLOTS = 0xfff;

    address[] public actors;
    bytes32[] public channelIds;
    /// @dev Epochs with a commit.
    uint64[] public epochs;
    mapping(uint64 epoch => bool) private _known;
    uint256 public openChallenges;
    uint256 public answered;
    uint256 public enforced;
    uint256 public paidRewards;
    uint256 public donatedToRewards;

    constructor() {
        vm.warp(1_800_000_000);
        IX0TToken.Allocation[] memory allocations = new IX0TToken.Allocation[](ACTORS);
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors.push(vm.addr(0xac7001 + i));
            allocations[i] = IX0TToken.Allocation({account: actors[i], amount: 100_000 ether});
        }
        deploy(allocations);
        for (uint256 i = 0; i < ACTORS; ++i) {
            vm.startPrank(actors[i]);
            token.approve(address(registry), type(uint256).max);
            token.approve(address(ledger), type(uint256).max);
            token.approve(address(channels), type(uint256).max);
            vm.stopPrank();
            _register(i, 1_000 ether);
        }
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, time % 64 == 0 ? 20 * EPOCH : EPOCH));
    }

    /// @dev Past a response window, so that there is something to enforce.
    function waitForAnswers(uint256 time) external {
        if (openChallenges > 0) vm.warp(block.timestamp + bound(time, EPOCH, 2 * EPOCH));
    }

    function poke(bytes32 randomness) external {
        vm.prevrandao(randomness);
        ledger.poke();
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        address sender = _actor(from);
        amount = bound(amount, 0, token.balanceOf(sender) / 4);
        vm.prank(sender);
        token.transfer(_actor(to), amount);
    }

    function donate(uint256 from, uint256 vault, uint256 amount) external {
        address sender = _actor(from);
        amount = bound(amount, 0, token.balanceOf(sender) / 16);
        address[4] memory vaults = [address(registry), address(ledger), address(rewards), address(channels)];
        address to = vaults[vault % 4];
        if (to == address(rewards)) donatedToRewards += amount;
        vm.prank(sender);
        token.transfer(to, amount);
    }

    function burn(uint256 from, uint256 amount) external {
        address sender = _actor(from);
        amount = bound(amount, 0, token.balanceOf(sender) / 16);
        vm.prank(sender);
        token.burn(amount);
    }

    function register(uint256 actor, uint256 amount) external {
        uint256 balance = token.balanceOf(_actor(actor));
        if (balance < 2 * MIN_STAKE || registry.nodeCount() >= 12) return;
        _register(actor % ACTORS, bound(amount, MIN_STAKE, balance / 2));
    }

    function stake(uint256 seed, uint256 amount) external {
        uint32 node = _node(seed);
        address operator = registry.operatorOf(node);
        uint256 balance = token.balanceOf(operator);
        if (balance < 4) return;
        vm.prank(operator);
        registry.stake(node, bound(amount, 1, balance / 4));
    }

    function unstake(uint256 seed, uint256 amount) external {
        uint32 node = _node(seed);
        uint256 staked = registry.getNode(node).stake;
        if (staked == 0) return;
        address operator = registry.operatorOf(node);
        vm.prank(operator);
        registry.unstake(node, amount % 3 == 0 ? staked : bound(amount, 1, staked));
    }

    function withdraw(uint256 seed) external {
        uint32 node = _node(seed);
        INodeRegistry.Node memory it = registry.getNode(node);
        if (it.unbonding == 0 || block.timestamp < it.unbondsAt || ledger.isUnderChallenge(node)) return;
        uint256 before = token.balanceOf(it.operator);
        vm.prank(it.operator);
        registry.withdraw(node);
        equal(token.balanceOf(it.operator), before + it.unbonding, "REG-3 a withdrawal is whole");
    }

    function bench(uint256 seed) external {
        uint32 node = _node(seed);
        if (registry.getNode(node).benched) return;
        // solhint-disable-next-line no-empty-blocks
        try registry.bench(node) {} catch {}
    }

    function commitLie(uint256 seed, uint128 bitmap) external {
        _commit(seed, bitmap & ALL_SLOTS, keccak256(abi.encode(seed)));
    }

    function commitTruth(uint256 seed, uint256 slotSeed) external {
        (uint32 node, uint64 epoch) = (_node(seed), ledger.currentEpoch() - 1);
        uint8 slot = uint8(slotSeed % 12);
        (bytes32 root, ) = _receipts(node, epoch, slot);
        if (root == 0 || !_commit(seed, uint128(1) << slot, root) || token.balanceOf(_actor(seed)) < BOND) return;
        openChallenges += 1;
        vm.prank(_actor(seed));
        ledger.challenge(node, epoch, uint128(1) << slot);
    }

    function challenge(uint256 seed, uint256 actor, uint256 slotSeed) external {
        (uint32 node, uint64 epoch, IProofLedger.Commit memory it) = _committed(seed, false);
        uint128 free = it.bitmap & ~it.named;
        bool inTime = block.timestamp < (uint256(epoch) + 3) * EPOCH;
        if (free == 0 || !inTime || ledger.isVoid(node, epoch) || token.balanceOf(_actor(actor)) < BOND) return;
        uint128 slots = uint128(1) << uint8(slotSeed % 12);
        while (slots & free == 0) slots = slots == 1 << 11 ? 1 : slots << 1;
        openChallenges += 1;
        vm.prank(_actor(actor));
        ledger.challenge(node, epoch, slots);
    }

    function answer(uint256 seed) external {
        (uint32 node, uint64 epoch, IProofLedger.Commit memory it) = _committed(seed, true);
        if (it.bitmap == 0) return;
        IProofLedger.Challenge memory target = ledger.challengeOf(node, epoch, 0);
        if (target.closed || block.timestamp > target.deadline) return;
        IProofLedger.SlotAnswer[] memory answers = new IProofLedger.SlotAnswer[](1);
        while (uint128(1) << answers[0].slot != it.bitmap) ++answers[0].slot;
        bytes32 root;
        (root, answers[0].receipts) = _receipts(node, epoch, answers[0].slot);
        if (root != it.receiptsRoot) return;
        openChallenges -= 1;
        answered += 1;
        vm.prank(_actor(seed));
        ledger.answer(node, epoch, 0, answers);
    }

    function enforce(uint256 seed) external {
        (uint32 node, uint64 epoch, IProofLedger.Commit memory it) = _committed(seed, false);
        if (it.openChallenges == 0 || !ledger.isVoid(node, epoch)) return;
        openChallenges -= it.openChallenges;
        enforced += 1;
        ledger.enforce(node, epoch);
    }

    function claim(uint256 seed, uint256 epochSeed) external {
        if (epochs.length == 0) return;
        (uint32 node, uint64 epoch) = (_node(seed), epochs[epochSeed % epochs.length]);
        if (!ledger.isFinal(epoch) || rewards.isClaimed(node, epoch)) return;
        uint64[] memory list = new uint64[](1);
        list[0] = epoch;
        uint256 expected = rewards.claimable(node, epoch);
        uint256 paid = rewards.claim(node, list);
        equal(paid, expected, "REW-3 a claim pays what claimable said");
        paidRewards += paid;
    }

    function open(uint256 payer, uint256 payee, uint256 amount) external {
        uint256 balance = token.balanceOf(_actor(payer));
        if (balance < 8 || channelIds.length >= 24) return;
        address signer = vm.addr(SIGNER_KEY);
        vm.prank(_actor(payer));
        channelIds.push(channels.open(_actor(payee), signer, bound(amount, 1, balance / 8)));
    }

    function topUp(uint256 seed, uint256 amount) external {
        (bytes32 id, IRelayChannels.Channel memory it) = _channel(seed);
        uint256 balance = token.balanceOf(it.payer);
        if (id == 0 || it.closed || it.closesAt != 0 || balance < 8) return;
        vm.prank(it.payer);
        channels.topUp(id, bound(amount, 1, balance / 8));
    }

    function redeem(uint256 seed, uint256 cumulative) external {
        (bytes32 id, IRelayChannels.Channel memory it) = _channel(seed);
        if (id == 0) return;
        cumulative = bound(cumulative, 0, it.deposit * 2);
        IRelayChannels.Redemption[] memory list = new IRelayChannels.Redemption[](1);
        list[0] = IRelayChannels.Redemption(id, cumulative, _voucher(id, cumulative));
        channels.redeemMany(list);
    }

    function close(uint256 seed, bool byPayee) external {
        (bytes32 id, IRelayChannels.Channel memory it) = _channel(seed);
        if (id == 0 || it.closed) return;
        if (it.closesAt != 0 && !byPayee) {
            if (block.timestamp >= it.closesAt) channels.finishClose(id);
            return;
        }
        vm.prank(byPayee ? it.payee : it.payer);
        channels.startClose(id);
    }

    function protocol() external view returns (address, address, address, address, address, address) {
        return (
            address(token),
            address(timelock),
            address(registry),
            address(ledger),
            address(rewards),
            address(channels)
        );
    }

    function counts() external view returns (uint256 actorCount, uint256 channelCount, uint256 epochCount) {
        return (actors.length, channelIds.length, epochs.length);
    }

    function _register(uint256 actor, uint256 amount) private {
        uint256 key = WITNESS_KEY + registry.nodeCount();
        bytes32 nodeId = keccak256(abi.encode("node", key));
        bytes32 typeHash = keccak256("Witness(address operator,bytes32 nodeId)");
        bytes32 digest = _digest(
            "NodeRegistry",
            address(registry),
            keccak256(abi.encode(typeHash, actors[actor], nodeId))
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        address witness = vm.addr(key);
        vm.prank(actors[actor]);
        registry.register(nodeId, witness, 0, amount, abi.encodePacked(r, s, v));
    }

    function _voucher(bytes32 id, uint256 cumulative) private view returns (bytes memory) {
        bytes32 typeHash = keccak256("Voucher(bytes32 channel,uint256 cumulative)");
        bytes32 digest = _digest("RelayChannels", address(channels), keccak256(abi.encode(typeHash, id, cumulative)));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SIGNER_KEY, digest);
        return abi.encodePacked(r, s, v);
    }

    function _digest(string memory name, address verifier, bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _actor(uint256 seed) private view returns (address) {
        return actors[seed % ACTORS];
    }

    function _node(uint256 seed) private view returns (uint32) {
        return uint32(seed % registry.nodeCount());
    }

    /// @dev One of the commits of the last epochs that have any; a zero commit if there is none.
    /// @param answerable only one under challenge with a single slot, so a single challenge: maybe a true one.
    function _committed(
        uint256 seed,
        bool answerable
    ) private view returns (uint32 node, uint64 epoch, IProofLedger.Commit memory it) {
        uint32 nodes = registry.nodeCount();
        uint256 reach = epochs.length < 4 ? epochs.length : 4;
        seed %= 1 << 64;
        for (uint256 i = 0; i < reach * nodes; ++i) {
            epoch = epochs[epochs.length - 1 - ((seed + i) % reach)];
            node = uint32((seed / 7 + i) % nodes);
            it = ledger.commitOf(node, epoch);
            if (it.bitmap == 0 || it.enforced) continue;
            if (!answerable || (it.openChallenges > 0 && it.bitmap & (it.bitmap - 1) == 0)) return (node, epoch, it);
        }
        delete it;
    }

    function _commit(uint256 seed, uint128 bitmap, bytes32 root) private returns (bool done) {
        (uint32 node, uint64 epoch) = (_node(seed), ledger.currentEpoch() - 1);
        if (ledger.commitOf(node, epoch).committedAt != 0 || registry.stakeThrough(node, epoch) == 0) return false;
        if (!_known[epoch]) {
            _known[epoch] = true;
            epochs.push(epoch);
        }
        address witness = registry.getNode(node).witness;
        vm.prank(witness);
        ledger.commit(IProofLedger.CommitArgs(node, epoch, bitmap, root, 1, 0));
        return true;
    }

    /// @dev A quorum of true receipts and the root of their tree; 0 where the committee is too small.
    function _receipts(
        uint32 node,
        uint64 epoch,
        uint8 slot
    ) private view returns (bytes32 root, IProofLedger.Receipt[] memory receipts) {
        uint32[] memory members = ledger.committee(epoch, node, slot);
        if (members.length < 2) return (0, receipts);
        uint256 quorum = members.length / 2 + 1;
        bytes32[] memory leaves = new bytes32[](quorum);
        receipts = new IProofLedger.Receipt[](quorum);
        _sortFirst(members, quorum);
        for (uint256 i = 0; i < quorum; ++i) {
            receipts[i].witness = members[i];
            receipts[i].signature = _signReceipt(members[i], node, epoch, slot);
            leaves[i] = keccak256(bytes.concat(keccak256(abi.encode(slot, members[i], receipts[i].signature))));
        }
        root = Hashes.commutativeKeccak256(leaves[0], leaves[1]);
        (receipts[0].proof, receipts[1].proof) = (_path(leaves[1]), _path(leaves[0]));
        if (quorum == 2) return (root, receipts);
        receipts[2].proof = _path(root);
        (receipts[0].proof, receipts[1].proof) = (_path(leaves[1], leaves[2]), _path(leaves[0], leaves[2]));
        root = Hashes.commutativeKeccak256(root, leaves[2]);
    }

    function _signReceipt(uint32 by, uint32 node, uint64 epoch, uint8 slot) private view returns (bytes memory) {
        bytes32 typeHash = keccak256("UptimeReceipt(uint64 epoch,uint8 slot,uint32 node)");
        bytes32 structHash = keccak256(abi.encode(typeHash, epoch, slot, node));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            WITNESS_KEY + by,
            _digest("ProofLedger", address(ledger), structHash)
        );
        return abi.encodePacked(r, s, v);
    }

    /// @dev The first `size` members in ascending order.
    function _sortFirst(uint32[] memory members, uint256 size) private pure {
        for (uint256 i = 1; i < size; ++i) {
            for (uint256 j = i; j > 0 && members[j] < members[j - 1]; --j) {
                (members[j], members[j - 1]) = (members[j - 1], members[j]);
            }
        }
    }

    function _path(bytes32 one) private pure returns (bytes32[] memory path) {
        path = new bytes32[](1);
        path[0] = one;
    }

    function _path(bytes32 one, bytes32 two) private pure returns (bytes32[] memory path) {
        path = new bytes32[](2);
        (path[0], path[1]) = (one, two);
    }

    function _channel(uint256 seed) private view returns (bytes32 id, IRelayChannels.Channel memory it) {
        if (channelIds.length == 0) return (id, it);
        id = channelIds[seed % channelIds.length];
        it = channels.channelOf(id);
    }
}
