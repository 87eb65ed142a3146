// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochRewards} from "../../../contracts/EpochRewards.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IRelayChannels} from "../../../contracts/interfaces/IRelayChannels.sol";
import {NodeRegistry} from "../../../contracts/NodeRegistry.sol";
import {ProofLedger} from "../../../contracts/ProofLedger.sol";
import {RelayChannels} from "../../../contracts/RelayChannels.sol";
import {X0TToken} from "../../../contracts/X0TToken.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";
import {WithVm} from "./Vm.sol";

/// @title What must hold after any sequence of acts
contract ProtocolInvariants is WithVm {
    ProtocolHandler private handler;
    X0TToken private token;
    NodeRegistry private registry;
    ProofLedger private ledger;
    EpochRewards private rewards;
    RelayChannels private channels;
    address private timelock;

    function setUp() public {
        handler = new ProtocolHandler();
        address[6] memory a;
        (a[0], a[1], a[2], a[3], a[4], a[5]) = handler.protocol();
        (token, timelock) = (X0TToken(a[0]), a[1]);
        (registry, ledger, rewards, channels) = (
            NodeRegistry(a[2]),
            ProofLedger(a[3]),
            EpochRewards(a[4]),
            RelayChannels(a[5])
        );
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_TOK5_balancesAreTheSupply() public view {
        uint256 sum = token.balanceOf(address(token)) +
            token.balanceOf(timelock) +
            token.balanceOf(address(registry)) +
            token.balanceOf(address(ledger)) +
            token.balanceOf(address(rewards)) +
            token.balanceOf(address(channels));
        (uint256 actors, , ) = handler.counts();
        for (uint256 i = 0; i < actors; ++i) sum += token.balanceOf(handler.actors(i));
        equal(sum, token.totalSupply(), "TOK-5 balances");
        equal(sum, 1e27 - token.totalBurned(), "TOK-5 supply");
    }

    function invariant_REG6_stakeIsHeld() public view {
        uint256 sum = 0;
        uint256 staked = 0;
        for (uint32 node = 0; node < registry.nodeCount(); ++node) {
            INodeRegistry.Node memory it = registry.getNode(node);
            sum += it.stake + it.unbonding;
            staked += it.stake;
        }
        check(token.balanceOf(address(registry)) >= sum, "REG-6");
        uint256 units = 0;
        (uint256 actors, , ) = handler.counts();
        for (uint256 i = 0; i < actors; ++i) units += registry.getVotes(handler.actors(i));
        equal(units, staked, "REG-5 units");
    }

    function invariant_REG7_treeIsTheSum() public view {
        uint64 epoch = ledger.currentEpoch() + 1;
        uint256 sum = 0;
        uint256 last = 0;
        for (uint32 node = 0; node < registry.nodeCount(); ++node) {
            INodeRegistry.Node memory it = registry.getNode(node);
            sum += it.benched || it.stake < 100 ether ? 0 : it.stake;
            last += registry.drawWeightAt(node, epoch - 3);
        }
        equal(registry.totalDrawWeightAt(epoch), sum, "REG-7 next epoch");
        equal(registry.totalDrawWeightAt(epoch - 3), last, "REG-7 past epoch");
        uint32[] memory drawn = registry.draw(keccak256(abi.encode(sum)), epoch, 1, 5);
        for (uint256 i = 0; i < drawn.length; ++i) check(drawn[i] != 1, "REG-7 the node itself");
    }

    function invariant_PRF4_totalsAndBonds() public view {
        (, , uint256 epochs) = handler.counts();
        for (uint256 i = 0; i < epochs; ++i) {
            uint64 epoch = handler.epochs(i);
            uint256 sum = 0;
            for (uint32 node = 0; node < registry.nodeCount(); ++node) sum += ledger.weightOf(node, epoch);
            equal(ledger.totalWeight(epoch), sum, "PRF-4 total weight");
        }
        check(token.balanceOf(address(ledger)) >= handler.openChallenges() * 10 ether, "PRF-4 bonds");
    }

    function invariant_REW4_paidIsEarnedIsReserve() public view {
        (, , uint256 epochs) = handler.counts();
        uint256 earned = 0;
        for (uint256 i = 0; i < epochs; ++i) {
            (, uint256 amount) = rewards.earnedOf(handler.epochs(i));
            earned += amount;
        }
        uint256 reserve = 400_000_000 ether + handler.donatedToRewards();
        check(handler.paidRewards() <= earned, "REW-4 paid");
        check(earned <= reserve, "REW-4 earned");
        equal(token.balanceOf(address(rewards)), reserve - handler.paidRewards(), "REW-4 balance");
        equal(rewards.unallocated(), reserve - earned, "REW-4 unallocated");
    }

    function invariant_CHN1_depositsAreHeld() public view {
        (, uint256 count, ) = handler.counts();
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            IRelayChannels.Channel memory it = channels.channelOf(handler.channelIds(i));
            check(it.redeemed <= it.deposit, "CHN-1 redeemed");
            if (!it.closed) sum += it.deposit - it.redeemed;
        }
        check(token.balanceOf(address(channels)) >= sum, "CHN-1 solvency");
    }
}
