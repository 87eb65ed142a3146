import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createTestClient, http, type Hex, type HDAccount, type TestClient } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { createReader } from "../../chain/createReader.ts";
import { readHead } from "../../chain/readHead.ts";
import { addressBookSchema, type AddressBook } from "../../core/addressBook.ts";
import { epochAt, epochStart } from "../../core/epochTime.ts";
import { devnetParameters, X0T, type ProtocolParameters } from "../../core/parameters.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createTxQueue, type TxQueue } from "../../runtime/txQueue.ts";
import { protocolParameters } from "../../ignition/protocolParameters.ts";
import { startAnvil, type Anvil } from "./anvil.ts";

/** Everybody's mnemonic for development chains. */
export const MNEMONIC = "test test test test test test test test test test test junk";
const ACCOUNTS = 30;
/** Which of them own the guardian. */
export const GUARDIANS = [27, 28, 29] as const;
/** What each account holds after genesis. */
export const GENESIS_WEI = 100_000n * X0T;

export interface ProtocolChain {
  rpcUrl: string;
  anvil: Anvil;
  book: AddressBook;
  contracts: AddressBook["contracts"];
  parameters: ProtocolParameters;
  client: ReturnType<typeof createReader>;
  test: TestClient;
  /** 30 accounts with 100,000 X0T and 10,000 ETH each. */
  accounts: HDAccount[];
  privateKeyOf(index: number): Hex;
  /** A transaction queue of accounts[index]. */
  sender(index: number): TxQueue;
  head(): Promise<{ number: bigint; timestamp: number }>;
  epoch(): Promise<number>;
  /** Mines one block at `timestamp` (seconds), which must not lie behind. */
  warpTo(timestamp: number): Promise<void>;
  /** Mines the first block of `epoch`, plus `seconds`. */
  warpToEpoch(epoch: number, seconds?: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * anvil with the whole protocol deployed: 12 s epochs, a block for each transaction. Chain time stands still until the
 * test moves it, so a test of something that follows the chain's clock must warp.
 * A finished deployment is kept in the temporary directory, by the hash of artifacts, ABIs and deployment scripts.
 */
export async function startProtocolChain(
  options: { chainId?: number; args?: readonly string[]; parameters?: ProtocolParameters } = {},
): Promise<ProtocolChain> {
  const { chainId = 31337, args = [], parameters = devnetParameters(12) } = options;
  const anvil = await startAnvil({ chainId, args: ["--mnemonic", MNEMONIC, ...args] });
  try {
    return await openProtocolChain(anvil, await deployCached(anvil, parameters, [String(chainId), ...args]), parameters);
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

/** A chain with the well-known accounts on which the protocol is deployed already. */
export async function openProtocolChain(anvil: Anvil, book: AddressBook, parameters: ProtocolParameters): Promise<ProtocolChain> {
  const client = createReader({ chainId: book.chainId, rpcUrls: [anvil.rpcUrl] });
  const test = createTestClient({ mode: "anvil", transport: http(anvil.rpcUrl, { retryCount: 0 }) }) as TestClient;
  // Chain time stands still but for the test: how loaded the machine is must not matter.
  await test.setBlockTimestampInterval({ interval: 0 });
  const queues: TxQueue[] = [];
  const head = () => readHead(client);
  const warpTo = async (timestamp: number) => {
    if ((await head()).timestamp !== timestamp) await test.setNextBlockTimestamp({ timestamp: BigInt(timestamp) });
    await test.mine({ blocks: 1 });
  };
  return {
    rpcUrl: anvil.rpcUrl,
    anvil,
    book,
    contracts: book.contracts,
    parameters,
    client,
    test,
    accounts: Array.from({ length: ACCOUNTS }, (_, index) => accountOf(index)),
    privateKeyOf: keyOf,
    sender(index) {
      const queue = createTxQueue({
        client,
        account: accountOf(index),
        chainId: book.chainId,
        log: createLogger("test", "silent"),
        limits: { pollMs: 10, timeoutMs: 20_000, receiptGraceMs: 500 },
      });
      queues.push(queue);
      return queue;
    },
    head,
    epoch: async () => epochAt(parameters, (await head()).timestamp),
    warpTo,
    warpToEpoch: (epoch, seconds = 0) => warpTo(epochStart(parameters, epoch) + seconds),
    async close() {
      for (const queue of queues) queue.close();
      await anvil.stop();
    },
  };
}

function accountOf(index: number): HDAccount {
  return mnemonicToAccount(MNEMONIC, { addressIndex: index });
}

function keyOf(index: number): Hex {
  return `0x${Buffer.from(accountOf(index).getHdKey().privateKey as Uint8Array).toString("hex")}`;
}

async function deployCached(anvil: Anvil, parameters: ProtocolParameters, chain: readonly string[]): Promise<AddressBook> {
  const folder = join(tmpdir(), "x0t-test-chain");
  const file = join(folder, `${await deploymentHash(parameters, chain)}.json`);
  const test = createTestClient({ mode: "anvil", transport: http(anvil.rpcUrl, { timeout: 60_000, retryCount: 0 }) });
  const known = await readFile(file, "utf8").then(
    (text) => JSON.parse(text) as { book: unknown; state: Hex },
    () => undefined,
  );
  if (known !== undefined) {
    await test.loadState({ state: known.state });
    return addressBookSchema.parse(known.book);
  }
  // Hardhat takes a second to load: only when there is nothing to reuse.
  const { deployProtocol } = await import("../../devnet/deployProtocol.ts");
  await mkdir(folder, { recursive: true });
  const deploymentDir = await mkdtemp(join(folder, "deploy-"));
  try {
    const book = await deployProtocol({
      rpcUrl: anvil.rpcUrl,
      deploymentDir,
      parameters: genesisOf(parameters),
      privateKey: keyOf(ACCOUNTS + 1),
      quick: true,
    });
    await writeFileAtomic(file, JSON.stringify({ book, state: await test.dumpState() }));
    return book;
  } finally {
    await rm(deploymentDir, { recursive: true, force: true });
  }
}

function genesisOf(parameters: ProtocolParameters) {
  return protocolParameters(parameters, {
    // Accounts 27 to 29; two of them sign.
    guardianOwners: GUARDIANS.map((index) => accountOf(index).address),
    guardianThreshold: 2,
    allocations: Array.from({ length: ACCOUNTS }, (_, index) => ({
      account: accountOf(index).address,
      amount: GENESIS_WEI,
    })),
  });
}

/** Changes whenever the deployed bytecode, or what is deployed how, may differ. */
async function deploymentHash(parameters: ProtocolParameters, chain: readonly string[]): Promise<string> {
  const root = resolve(import.meta.dirname, "../..");
  const deployed = { chain, genesis: genesisOf(parameters) };
  const hash = createHash("sha256").update(
    JSON.stringify(deployed, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  );
  const artifacts = join(root, "artifacts");
  const files = (await readdir(artifacts, { recursive: true }))
    .filter((file) => file.endsWith(".json") && !file.includes("build-info"))
    .sort();
  if (files.length === 0) throw new Error("No artifacts: compile the contracts first (npx hardhat build).");
  for (const file of files) hash.update(file).update(await readFile(join(artifacts, file)));
  for (const file of ["ignition/modules/Protocol.ts"]) hash.update(await readFile(join(root, file)));
  return hash.digest("hex").slice(0, 24);
}
