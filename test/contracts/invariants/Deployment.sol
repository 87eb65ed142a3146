// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {EpochRewards} from "../../../contracts/EpochRewards.sol";
import {IX0TToken} from "../../../contracts/interfaces/IX0TToken.sol";
import {NodeRegistry} from "../../../contracts/NodeRegistry.sol";
import {ProofLedger} from "../../../contracts/ProofLedger.sol";
import {RelayChannels} from "../../../contracts/RelayChannels.sol";
import {X0TToken} from "../../../contracts/X0TToken.sol";

/// @title The protocol with epochs of 600 s, as ignition/modules/Protocol.ts deploys it
abstract contract Deployment {
    uint64 internal constant EPOCH = 600;
    uint256 internal constant BOND = 10 ether;
    uint256 internal constant MIN_STAKE = 100 ether;
    uint256 internal constant POOL = 10_000 ether;
    uint256 internal constant TARGET = 10_000 ether;

    X0TToken internal token;
    TimelockController internal timelock;
    NodeRegistry internal registry;
    ProofLedger internal ledger;
    EpochRewards internal rewards;
    RelayChannels internal channels;

    function deploy(IX0TToken.Allocation[] memory allocations) internal {
        token = new X0TToken();
        timelock = new TimelockController(0, new address[](0), new address[](0), address(0));
        registry = new NodeRegistry(
            NodeRegistry.Parameters({
                token: token,
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
                maxPoolPerEpoch: POOL,
                targetStake: TARGET,
                minTargetStake: TARGET,
                maxTargetStake: TARGET
            })
        );
        channels = new RelayChannels(token, 2 * EPOCH);
        registry.setLedger(address(ledger));
        address[] memory vaults = new address[](4);
        (vaults[0], vaults[1], vaults[2], vaults[3]) = (
            address(registry),
            address(ledger),
            address(rewards),
            address(channels)
        );
        token.seal(address(timelock), address(rewards), vaults, allocations);
    }
}
