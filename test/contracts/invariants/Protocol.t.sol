// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {EpochRewards} from "../../../contracts/EpochRewards.sol";
import {GuardianSeat} from "../../../contracts/GuardianSeat.sol";
import {IMarketplace} from "../../../contracts/interfaces/IMarketplace.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IRelayChannels} from "../../../contracts/interfaces/IRelayChannels.sol";
import {Marketplace} from "../../../contracts/Marketplace.sol";
import {NodeRegistry} from "../../../contracts/NodeRegistry.sol";
import {ProofLedger} from "../../../contracts/ProofLedger.sol";
import {RelayChannels} from "../../../contracts/RelayChannels.sol";
import {X0TGovernor} from "../../../contracts/X0TGovernor.sol";
import {X0TToken} from "../../../contracts/X0TToken.sol";
import {GovernanceActs} from "./acts/GovernanceActs.sol";
import {ProofActs} from "./acts/ProofActs.sol";
import {RewardActs} from "./acts/RewardActs.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";
import {WithVm} from "./Vm.sol";

/// @title What must hold after every act of any sequence
/// @dev Every invariant is a campaign of its own, so what costs little stands together.
/// Equal, not at least, wherever the books say exactly what a vault holds: too much is a mistake too.
contract ProtocolInvariants is WithVm {
    uint256 private constant SUPPLY = 1e27;
    uint256 private constant RESERVE = 400_000_000 ether;
    uint256 private constant MIN_STAKE = 100 ether;
    uint256 private constant BOND = 10 ether;

    ProtocolHandler private handler;
    X0TToken private token;
    address private timelock;
    GuardianSeat private seat;
    NodeRegistry private registry;
    ProofLedger private ledger;
    EpochRewards private rewards;
    RelayChannels private channels;
    Marketplace private marketplace;
    X0TGovernor private governor;

    function setUp() public {
        handler = new ProtocolHandler();
        address[9] memory a = handler.protocol();
        (token, timelock, seat) = (X0TToken(a[0]), a[1], GuardianSeat(a[2]));
        (registry, ledger, rewards) = (NodeRegistry(a[3]), ProofLedger(a[4]), EpochRewards(a[5]));
        (channels, marketplace, governor) = (RelayChannels(a[6]), Marketplace(a[7]), X0TGovernor(payable(a[8])));
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_TOK5_balancesAreTheSupply() public view {
        uint256 sum = token.balanceOf(address(token)) + token.balanceOf(timelock);
        address[6] memory vaults = handler.vaults();
        for (uint256 i = 0; i < vaults.length; ++i) sum += token.balanceOf(vaults[i]);
        address[] memory actors = handler.actors();
        for (uint256 i = 0; i < actors.length; ++i) sum += token.balanceOf(actors[i]);
        equal(sum, token.totalSupply(), "TOK-5 balances");
        equal(token.totalBurned(), handler.burned(), "TOK-5 what the rules burn");
        equal(token.totalSupply(), SUPPLY - handler.burned(), "TOK-5 supply");
    }

    function invariant_REG6_stakeIsHeld() public view {
        _checkTree();
        uint256 staked = 0;
        address[] memory actors = handler.actors();
        uint256[] memory units = new uint256[](actors.length);
        for (uint32 node = 0; node < registry.nodeCount(); ++node) {
            INodeRegistry.Node memory it = registry.getNode(node);
            staked += it.stake;
            for (uint256 i = 0; i < actors.length; ++i) if (actors[i] == it.operator) units[i] += it.stake;
        }
        equal(token.balanceOf(address(registry)), _stakes() + handler.surplus(address(registry)), "REG-6");
        uint256 sum = 0;
        for (uint256 i = 0; i < actors.length; ++i) {
            equal(registry.getVotes(actors[i]), units[i], "REG-5 units");
            sum += units[i];
        }
        equal(sum, staked, "REG-5 nobody else's");
    }

    function invariant_PRF4_totalsAndBonds() public view {
        _checkFinals();
        uint64[] memory epochs = handler.epochs();
        // The three that may still change, and any one that may not.
        _checkTotal(epochs[block.timestamp % epochs.length]);
        for (uint256 i = 1; i < 4; ++i) _checkTotal(epochs[epochs.length - i]);
        equal(token.balanceOf(address(ledger)), _openBonds() + handler.surplus(address(ledger)), "PRF-4 bonds");
    }

    function invariant_REW4_paidIsEarnedIsReserve() public view {
        (uint256 earned, uint256 paid) = _rewards();
        uint256 reserve = RESERVE + handler.surplus(address(rewards)) - handler.migrated();
        check(earned <= reserve, "REW-4 earned");
        equal(token.balanceOf(address(rewards)), reserve - paid, "REW-4 balance");
        equal(rewards.unallocated(), reserve - earned, "REW-4 unallocated");
        address[6] memory vaults = handler.vaults();
        equal(token.balanceOf(vaults[5]), handler.surplus(vaults[5]), "REW-4 the successor");
    }

    function invariant_CHN1_depositsAreHeld() public view {
        equal(token.balanceOf(address(channels)), _deposits() + handler.surplus(address(channels)), "CHN-1 solvency");
    }

    function invariant_MKT5_escrowIsHeld() public view {
        uint256 sum = 0;
        uint256 count = marketplace.leaseCount();
        for (uint256 lease = 1; lease <= count; ++lease) {
            IMarketplace.Lease memory it = marketplace.leaseOf(lease);
            check(it.first <= it.next && it.next <= it.end, "MKT-3 in order");
            sum += uint256(it.end - it.next) * it.pricePerEpoch;
            for (uint256 other = lease + 1; other <= count; ++other) {
                IMarketplace.Lease memory later = marketplace.leaseOf(other);
                check(later.node != it.node || it.end <= later.first || later.end == later.first, "MKT-2 overlap");
            }
        }
        equal(marketplace.escrowed(), sum, "MKT-5 escrowed");
        equal(token.balanceOf(address(marketplace)), sum + handler.surplus(address(marketplace)), "MKT-5 balance");
    }

    function invariant_GOV2_talliesAreStakes() public view {
        check(seat.pausedUntil() <= uint256(seat.stretchStart()) + 7 days, "GOV-3 seven days");
        GovernanceActs.Motion[] memory motions = handler.motions();
        for (uint256 i = 0; i < motions.length; ++i) {
            GovernanceActs.Motion memory it = motions[i];
            (uint256 no, uint256 yes, uint256 none) = governor.proposalVotes(it.id);
            check(no == it.raw[0] && yes == it.raw[1] && none == it.raw[2], "GOV-1 raw tally");
            _checkBallots(it);
            IGovernor.ProposalState state = governor.state(it.id);
            if (state == IGovernor.ProposalState.Pending || it.snapshot >= block.timestamp) continue;
            uint256 supply = registry.getPastTotalSupply(it.snapshot);
            check(no + yes + none <= supply, "GOV-1 tally above the supply");
            if (state == IGovernor.ProposalState.Active || it.cancelled) continue;
            check((state != IGovernor.ProposalState.Defeated) == _passes(it, supply), "GOV-2 outcome");
        }
    }

    /// @notice As the books of the vaults stand, without a word of the handler's on what was given away.
    function invariant_vaultsOweNoMoreThanTheyHold() public view {
        (uint256 earned, uint256 paid) = _rewards();
        uint256[5] memory owed = [_stakes(), _openBonds(), earned - paid, _deposits(), marketplace.escrowed()];
        address[6] memory vaults = handler.vaults();
        uint256 liabilities = 0;
        uint256 balances = 0;
        for (uint256 i = 0; i < owed.length; ++i) {
            uint256 held = token.balanceOf(vaults[i]);
            check(owed[i] <= held, ["REG-6", "PRF-4", "REW-4", "CHN-1", "MKT-5"][i]);
            liabilities += owed[i];
            balances += held;
        }
        check(liabilities <= balances, "all vaults");
    }

    function _checkTotal(uint64 epoch) private view {
        uint256 sum = 0;
        uint256 nodes = registry.nodeCount();
        for (uint32 node = 0; node < nodes; ++node) sum += ledger.weightOf(node, epoch);
        equal(ledger.totalWeight(epoch), sum, "PRF-4 total weight");
    }

    function _checkTree() private view {
        uint64 epoch = ledger.currentEpoch() + 1;
        uint256 sum = 0;
        uint256 last = 0;
        for (uint32 node = 0; node < registry.nodeCount(); ++node) {
            INodeRegistry.Node memory it = registry.getNode(node);
            sum += it.benched || it.stake < MIN_STAKE ? 0 : it.stake;
            last += registry.drawWeightAt(node, epoch - 3);
        }
        equal(registry.totalDrawWeightAt(epoch), sum, "REG-7 next epoch");
        equal(registry.totalDrawWeightAt(epoch - 3), last, "REG-7 past epoch");
    }

    function _checkFinals() private view {
        RewardActs.Final[] memory finals = handler.finals();
        for (uint256 i = 0; i < finals.length; ++i) {
            RewardActs.Final memory it = finals[i];
            equal(ledger.uptimeOf(it.node, it.epoch), it.uptime, "PRF-5 uptime");
            equal(ledger.weightOf(it.node, it.epoch), it.weight, "PRF-5 weight");
            equal(ledger.totalWeight(it.epoch), it.total, "PRF-5 total weight");
        }
    }

    function _checkBallots(GovernanceActs.Motion memory it) private view {
        (uint256 no, uint256 yes, uint256 none) = governor.proposalBallots(it.id);
        check(no == it.ballots[0] && yes == it.ballots[1] && none == it.ballots[2], "GOV-1 ballots");
    }

    /// @dev GOV-2 in plain words.
    function _passes(GovernanceActs.Motion memory it, uint256 supply) private pure returns (bool) {
        uint256 quorum = supply / 5 > 300 ether ? supply / 5 : 300 ether;
        bool isAhead = it.ballots[1] > it.ballots[0] || it.raw[1] >= 2 * it.raw[0];
        return it.raw[1] > it.raw[0] && isAhead && it.raw[1] + it.raw[2] >= quorum;
    }

    function _stakes() private view returns (uint256 sum) {
        uint256 nodes = registry.nodeCount();
        for (uint32 node = 0; node < nodes; ++node) {
            INodeRegistry.Node memory it = registry.getNode(node);
            sum += it.stake + it.unbonding;
        }
    }

    function _openBonds() private view returns (uint256 sum) {
        ProofActs.Bond[] memory bonds = handler.bonds();
        for (uint256 i = 0; i < bonds.length; ++i) {
            if (!ledger.challengeOf(bonds[i].node, bonds[i].epoch, bonds[i].id).closed) sum += BOND;
        }
    }

    function _rewards() private view returns (uint256 earned, uint256 paid) {
        uint64[] memory epochs = handler.epochs();
        for (uint256 i = 0; i < epochs.length; ++i) {
            (bool opened, uint256 amount) = rewards.earnedOf(epochs[i]);
            if (!opened) continue;
            uint256 part = handler.paidOf(epochs[i]);
            check(part <= amount, "REW-4 paid");
            (earned, paid) = (earned + amount, paid + part);
        }
    }

    function _deposits() private view returns (uint256 sum) {
        bytes32[] memory ids = handler.channelIds();
        for (uint256 i = 0; i < ids.length; ++i) {
            IRelayChannels.Channel memory it = channels.channelOf(ids[i]);
            check(it.redeemed <= it.deposit, "CHN-1 redeemed");
            if (!it.closed) sum += it.deposit - it.redeemed;
        }
    }
}
