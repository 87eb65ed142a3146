// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochRewards} from "../../../contracts/EpochRewards.sol";
import {GuardianSeat} from "../../../contracts/GuardianSeat.sol";
import {IX0TToken} from "../../../contracts/interfaces/IX0TToken.sol";
import {Marketplace} from "../../../contracts/Marketplace.sol";
import {NodeRegistry} from "../../../contracts/NodeRegistry.sol";
import {ProofLedger} from "../../../contracts/ProofLedger.sol";
import {RelayChannels} from "../../../contracts/RelayChannels.sol";
import {X0TGovernor} from "../../../contracts/X0TGovernor.sol";
import {X0TTimelock} from "../../../contracts/X0TTimelock.sol";
import {X0TToken} from "../../../contracts/X0TToken.sol";
import {SuccessorVault} from "./SuccessorVault.sol";

/// @title The protocol with epochs of 600 s, as ignition/modules/Protocol.ts deploys it
abstract contract Deployment {
    uint64 internal constant EPOCH = 600;
    uint256 internal constant BOND = 10 ether;
    uint256 internal constant MIN_STAKE = 100 ether;
    uint256 internal constant POOL = 10_000 ether;
    uint256 internal constant TARGET = 10_000 ether;
    address internal constant GUARDIAN = address(0x6ad);

    X0TToken internal token;
    X0TTimelock internal timelock;
    GuardianSeat internal seat;
    NodeRegistry internal registry;
    ProofLedger internal ledger;
    EpochRewards internal rewards;
    RelayChannels internal channels;
    Marketplace internal marketplace;
    X0TGovernor internal governor;
    /// @dev What governance moves reserve to (REW-4); a vault from the start.
    SuccessorVault internal successor;

    function deploy(IX0TToken.Allocation[] memory allocations) internal {
        token = new X0TToken();
        timelock = new X0TTimelock(30, 1, 30 days, address(this));
        seat = new GuardianSeat(address(timelock), GUARDIAN, 7 days, 30 days);
        registry = new NodeRegistry(
            NodeRegistry.Parameters({
                token: token,
                seat: seat,
                epochSeconds: EPOCH,
                commitSeconds: EPOCH,
                challengeSeconds: EPOCH,
                responseSeconds: EPOCH,
                unbondingSeconds: 5 * EPOCH,
                slashBps: 1000,
                minStake: MIN_STAKE
            })
        );
        ledger = new ProofLedger(
            ProofLedger.Parameters({
                token: token,
                registry: registry,
                epochSeconds: EPOCH,
                slotsPerEpoch: 12,
                minWitnesses: 2,
                commitSeconds: EPOCH,
                challengeSeconds: EPOCH,
                responseSeconds: EPOCH,
                challengeBond: BOND
            })
        );
        rewards = new EpochRewards(
            EpochRewards.Parameters({
                token: token,
                registry: registry,
                ledger: ledger,
                timelock: address(timelock),
                poolPerEpoch: POOL,
                maxPoolPerEpoch: 300_000_000 ether,
                targetStake: TARGET,
                minTargetStake: 1_000 ether,
                maxTargetStake: 400_000_000 ether
            })
        );
        channels = new RelayChannels(token, seat, 2 * EPOCH);
        marketplace = new Marketplace(token, ledger, seat);
        _deployGovernor();
        registry.setLedger(address(ledger));
        successor = new SuccessorVault();
        address[] memory list = new address[](6);
        (list[0], list[1], list[2]) = (address(registry), address(ledger), address(rewards));
        (list[3], list[4], list[5]) = (address(channels), address(marketplace), address(successor));
        token.seal(address(timelock), address(rewards), list, allocations);
    }

    function _deployGovernor() private {
        governor = new X0TGovernor(
            X0TGovernor.Parameters({
                registry: registry,
                timelock: timelock,
                seat: seat,
                votingDelay: 300,
                votingPeriod: 2 * uint32(EPOCH),
                lateQuorumExtension: 300,
                proposalThreshold: 100 ether,
                quorumFloor: 300 ether,
                voteAge: 0,
                votingDelayRange: X0TGovernor.Range(1, 14 days),
                votingPeriodRange: X0TGovernor.Range(1, 30 days),
                lateQuorumRange: X0TGovernor.Range(1, 7 days),
                thresholdRange: X0TGovernor.Range(1 ether, 5_000_000 ether)
            })
        );
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(governor));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
    }
}
