import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createTestClient, http, publicActions, walletActions, type Abi, type Hex } from "viem";
import type { AddressBook } from "../../../core/addressBook.ts";
import { epochRewardsAbi } from "../../../core/abi/EpochRewards.ts";
import { nodeRegistryAbi } from "../../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../../core/abi/ProofLedger.ts";
import { relayChannelsAbi } from "../../../core/abi/RelayChannels.ts";
import { x0tTokenAbi } from "../../../core/abi/X0TToken.ts";
import { listenLocal } from "../../support/sockets.ts";
import { EMITTER_CODE, emission } from "./eventEmitter.ts";

const CHAIN_ID = 31337;
const START_MS = 10_000;
/** anvil's first account. */
const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

const ABIS = {
  X0TToken: x0tTokenAbi as Abi,
  NodeRegistry: nodeRegistryAbi as Abi,
  ProofLedger: proofLedgerAbi as Abi,
  EpochRewards: epochRewardsAbi as Abi,
  RelayChannels: relayChannelsAbi as Abi,
};
type ContractName = keyof typeof ABIS;

const contracts: AddressBook["contracts"] = {
  X0TToken: "0x1000000000000000000000000000000000000001",
  NodeRegistry: "0x1000000000000000000000000000000000000002",
  ProofLedger: "0x1000000000000000000000000000000000000003",
  EpochRewards: "0x1000000000000000000000000000000000000004",
  RelayChannels: "0x1000000000000000000000000000000000000005",
  TimelockController: "0x1000000000000000000000000000000000000006",
};

export type EmitterChain = Awaited<ReturnType<typeof startEmitterChain>>;

/** anvil that mines only when told, with emitters at the protocol's addresses. */
export async function startEmitterChain(options: { timestamp: number; port?: number }) {
  const port = options.port ?? (await freePort());
  const anvil = spawn(
    fileURLToPath(new URL("../../../node_modules/.bin/anvil", import.meta.url)),
    ["--port", String(port), "--chain-id", String(CHAIN_ID), "--slots-in-an-epoch", "1", "--no-mining", "--silent",
      "--timestamp", String(options.timestamp)],
    { stdio: "ignore" },
  );
  const rpcUrl = `http://127.0.0.1:${port}`;
  const client = createTestClient({ mode: "anvil", transport: http(rpcUrl, { retryCount: 0 }) })
    .extend(publicActions)
    .extend(walletActions);
  const deadline = performance.now() + START_MS;
  while (!(await client.getChainId().then(() => true, () => false))) {
    if (performance.now() > deadline) throw new Error("anvil did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const address of Object.values(contracts)) await client.setCode({ address, bytecode: EMITTER_CODE });
  // Code that is set is not part of any block; from here on every block is.
  await client.mine({ blocks: 1 });
  const addressBook: AddressBook = { chainId: CHAIN_ID, deployBlock: 0, contracts };

  return {
    rpcUrl,
    client,
    addressBook,
    /** Queues one event for the next block. */
    async emit(contract: ContractName, eventName: string, args: Record<string, unknown>): Promise<Hex> {
      const data = emission(ABIS[contract], eventName, args);
      return client.sendTransaction({ account: SENDER, chain: null, to: contracts[contract], data, gas: 200_000n });
    },
    /** Mines the queue into one block at `timestamp` (seconds), or one second after the last. */
    async mine(timestamp?: number): Promise<number> {
      if (timestamp !== undefined) await client.setNextBlockTimestamp({ timestamp: BigInt(timestamp) });
      await client.mine({ blocks: 1 });
      return Number(await client.getBlockNumber({ cacheTime: 0 }));
    },
    async close(): Promise<void> {
      if (anvil.exitCode !== null || anvil.signalCode !== null) return;
      anvil.kill("SIGKILL");
      await once(anvil, "exit");
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  server.close();
  await once(server, "close");
  return port;
}
