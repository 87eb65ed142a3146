import { createConfig } from "ponder";
import { epochRewardsAbi } from "../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../core/abi/GuardianSeat.ts";
import { marketplaceAbi } from "../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../core/abi/X0TTimelock.ts";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import { slotSeconds } from "../core/epochTime.ts";
import { readEnvironment } from "./environment.ts";
import { safeAbi } from "./safeAbi.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
/** Ponder starts at 20 requests a second for each URL that it is given; a chain on this machine bears more. */
const LOOPBACK_RPC_SHARES = 64;
/** Half a minute of Base. Blocks are one or two seconds apart, slots 1 to 30 s. */
const MAX_TICK_BLOCKS = 15;
/** An indexer and three replicas fit into PostgreSQL's 100. */
const POSTGRES_CONNECTIONS = 20;

const { rpcUrl, addressBook, parameters, databaseUrl, databaseDir } = readEnvironment();
const { contracts, deployBlock: startBlock } = addressBook;
const isLocal = LOOPBACK.has(new URL(rpcUrl).hostname);

export default createConfig({
  // One chain: every block is indexed whole and in order.
  ordering: "omnichain",
  database:
    databaseUrl === undefined
      ? { kind: "pglite", directory: databaseDir }
      : { kind: "postgres", connectionString: databaseUrl, poolConfig: { max: POSTGRES_CONNECTIONS } },
  chains: {
    x0t: {
      id: addressBook.chainId,
      rpc: isLocal ? new Array<string>(LOOPBACK_RPC_SHARES).fill(rpcUrl) : rpcUrl,
      pollingInterval: 1_000,
    },
  },
  contracts: {
    X0TToken: { abi: x0tTokenAbi, chain: "x0t", address: contracts.X0TToken, startBlock },
    NodeRegistry: { abi: nodeRegistryAbi, chain: "x0t", address: contracts.NodeRegistry, startBlock },
    ProofLedger: { abi: proofLedgerAbi, chain: "x0t", address: contracts.ProofLedger, startBlock },
    EpochRewards: { abi: epochRewardsAbi, chain: "x0t", address: contracts.EpochRewards, startBlock },
    RelayChannels: { abi: relayChannelsAbi, chain: "x0t", address: contracts.RelayChannels, startBlock },
    Marketplace: { abi: marketplaceAbi, chain: "x0t", address: contracts.Marketplace, startBlock },
    X0TGovernor: { abi: x0tGovernorAbi, chain: "x0t", address: contracts.X0TGovernor, startBlock },
    X0TTimelock: { abi: x0tTimelockAbi, chain: "x0t", address: contracts.X0TTimelock, startBlock },
    GuardianSeat: { abi: guardianSeatAbi, chain: "x0t", address: contracts.GuardianSeat, startBlock },
    GuardianSafe: { abi: safeAbi, chain: "x0t", address: contracts.GuardianSafe, startBlock },
  },
  blocks: {
    // What becomes true by time alone (PRF-4, PRF-5, REG-2) is seen here, about once a slot.
    Tick: { chain: "x0t", startBlock, interval: Math.min(MAX_TICK_BLOCKS, slotSeconds(parameters)) },
  },
});
