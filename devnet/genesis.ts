import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createReader } from "../chain/createReader.ts";
import { pokeSeed } from "../chain/pokeSeed.ts";
import { readHead } from "../chain/readHead.ts";
import type { AddressBook } from "../core/addressBook.ts";
import { epochAt, epochStart } from "../core/epochTime.ts";
import { devnetParameters } from "../core/parameters.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import { createIpfsClient } from "../runtime/ipfsClient.ts";
import { createLogger } from "../runtime/logger.ts";
import { createTxQueue, type TxQueue } from "../runtime/txQueue.ts";
import { rpcCall } from "./anvilRpc.ts";
import { BLOCK_SECONDS, saveChain } from "./chain.ts";
import { writeClientHome } from "./clientHome.ts";
import { deployContracts } from "./contracts.ts";
import { GUARDIAN_THRESHOLD, allocationsOf, createAccounts, createSpareHotKeys, type GenesisAccounts, type LocalKey } from "./genesisAccounts.ts";
import type { Genesis } from "./genesisFile.ts";
import { createNode, openChannels, registerNodes, type GenesisNode, type RegisterContext } from "./genesisNodes.ts";
import type { StatePaths } from "./paths.ts";
import { portsFrom } from "./ports.ts";
import { DEVNET_CHAIN_ID, type DevnetSettings } from "./settings.ts";

/** The chain begins so many epochs in the past, so that the first minute of traffic can already be proved. */
const EPOCHS_BEFORE = 3;
const TEST_ETHER_WEI = 10_000n * 10n ** 18n;
const TX_POLL_MS = 15;

/** When a new devnet's chain begins, seconds since 1970. */
export function genesisTimestamp(epochSeconds: number): number {
  return Math.floor(Date.now() / 1000) - EPOCHS_BEFORE * epochSeconds;
}

/** Removes what a genesis that did not finish left behind; logs and the origin's files stay. */
export async function clearUnfinishedGenesis(paths: StatePaths): Promise<void> {
  const { chainDir, deploymentDir, ipfsDir, indexerDir, keysDir, nodesDir, clientHome, addressBookFile } = paths;
  for (const path of [chainDir, deploymentDir, ipfsDir, indexerDir, keysDir, nodesDir, clientHome, addressBookFile]) {
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * Makes a network on a new chain that mines at once, with IPFS running: keys, contracts, nodes, channels; then jumps to
 * now. Its last act is genesis.json: a crash before that starts from nothing next time.
 */
export async function runGenesis(
  context: { paths: StatePaths; settings: DevnetSettings; onStep: (title: string) => void },
  signal: AbortSignal,
): Promise<Genesis> {
  const { paths, settings, onStep } = context;
  const ports = portsFrom(settings.portBase ?? undefined);
  const rpcUrl = `http://127.0.0.1:${ports.rpc}`;

  onStep("keys");
  const accounts = await createAccounts(paths);
  const nodes = await Promise.all(
    accounts.operators.slice(0, settings.nodes).map((operator, index) => createNode(paths, index, operator)),
  );
  const spareHotKeys = await createSpareHotKeys(paths, settings.nodes);
  const hotKeys = [...nodes.map(({ hotKey }) => hotKey), ...spareHotKeys];
  await giveEther(rpcUrl, [accounts.deployer, accounts.faucet, accounts.client, ...accounts.guardians, ...accounts.operators, ...hotKeys], signal);

  onStep("contracts");
  const contracts = await deployContracts(
    {
      paths,
      rpcUrl,
      epochSeconds: settings.epochSeconds,
      genesis: {
        guardianOwners: accounts.guardians.map(({ address }) => address),
        guardianThreshold: GUARDIAN_THRESHOLD,
        allocations: allocationsOf(accounts, hotKeys.map(({ address }) => address)),
      },
    },
    signal,
  );
  await writeFileAtomic(paths.addressBookFile, `${JSON.stringify(contracts, null, 2)}\n`);

  onStep("nodes");
  const queues = createSenders(rpcUrl);
  const ipfs = createIpfsClient({ url: `http://127.0.0.1:${ports.ipfs}` });
  const registering: RegisterContext = { paths, ports, settings, contracts, ipfs, senders: queues.senders };
  await registerNodes(registering, nodes, signal);

  onStep("channels");
  const guards = await writeClientHome({ paths, ports, settings, contracts }, nodes);
  await Promise.all([
    openChannels(registering, accounts.client, guards, signal),
    ...nodes.map((node) => openChannels(registering, node.hotKey, nodes.filter((other) => other !== node), signal)),
  ]);
  await jumpToNow({ rpcUrl, contracts, settings, poker: queues.senders(hotKeyOf(nodes)) }, signal);
  queues.close();

  await saveChain(paths, rpcUrl, signal);
  const genesis = genesisOf(settings, contracts, accounts, nodes);
  await writeFileAtomic(paths.genesisFile, `${JSON.stringify(genesis, null, 2)}\n`);
  return genesis;
}

function hotKeyOf([first]: readonly GenesisNode[]): LocalKey {
  if (first === undefined) throw new TypeError("a network needs nodes");
  return first.hotKey;
}

async function giveEther(rpcUrl: string, accounts: readonly LocalKey[], signal: AbortSignal): Promise<void> {
  const amount = `0x${TEST_ETHER_WEI.toString(16)}`;
  await Promise.all(accounts.map(({ address }) => rpcCall(rpcUrl, "anvil_setBalance", [address, amount], signal)));
}

function createSenders(rpcUrl: string) {
  const client = createReader({ chainId: DEVNET_CHAIN_ID, rpcUrls: [rpcUrl] });
  const log = createLogger("genesis", "silent");
  const queues = new Map<LocalKey, TxQueue>();
  const senders = (account: LocalKey): TxQueue => {
    const known =
      queues.get(account) ?? createTxQueue({ client, account, chainId: DEVNET_CHAIN_ID, log, limits: { pollMs: TX_POLL_MS } });
    queues.set(account, known);
    return known;
  };
  return { senders, close: () => queues.forEach((queue) => queue.close()) };
}

/**
 * Pokes in the epoch of registration and in the one before now, so that the first epochs have seeds, then lets the chain
 * follow the wall clock.
 */
async function jumpToNow(
  context: { rpcUrl: string; contracts: AddressBook; settings: DevnetSettings; poker: TxQueue },
  signal: AbortSignal,
): Promise<void> {
  const { rpcUrl, contracts, settings, poker } = context;
  const parameters = devnetParameters(settings.epochSeconds);
  const ledger = contracts.contracts.ProofLedger;
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const setNext = (timestamp: number) => rpcCall(rpcUrl, "evm_setNextBlockTimestamp", [timestamp], signal);
  await pokeSeed(poker, { ledger }, signal);
  const { timestamp: genesisEnd } = await readHead(poker.client);
  // A slow machine may need part of an epoch for genesis; registration must lie two epochs back.
  while (epochAt(parameters, nowSeconds()) < epochAt(parameters, genesisEnd) + 2) await delay(200, undefined, { signal });
  await setNext(Math.max(epochStart(parameters, epochAt(parameters, nowSeconds()) - 1), genesisEnd + 1));
  await pokeSeed(poker, { ledger }, signal);
  await setNext(nowSeconds());
  await rpcCall(rpcUrl, "evm_mine", [], signal);
  await rpcCall(rpcUrl, "evm_setIntervalMining", [BLOCK_SECONDS], signal);
}

function genesisOf(settings: DevnetSettings, contracts: AddressBook, accounts: GenesisAccounts, nodes: GenesisNode[]): Genesis {
  return {
    version: 1,
    settings,
    contracts,
    startedAt: Math.floor(Date.now() / 1000),
    client: accounts.client.address,
    faucet: accounts.faucet.address,
    nodes: nodes.map(({ index, keys, operator, hotKey, region }) => ({
      index,
      nodeId: keys.nodeId,
      operator: operator.address,
      hotKey: hotKey.address,
      region,
    })),
  };
}
