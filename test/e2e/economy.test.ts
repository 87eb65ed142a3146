/**
 * The whole economy on a separate chain, as a person who deploys it would have it: `x0t deploy` (killed half-way), the
 * indexer and the nodes' workers on what it wrote, and every step with the command line. Chain time is the test's, so an
 * epoch of 60 s takes as long as its transactions; receipts are signed with the witnesses' keys.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { keccak256, toHex, zeroHash, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { getContractEvents, readContract } from "viem/actions";
import { readBalance } from "../../chain/readBalance.ts";
import { readCommit } from "../../chain/readCommit.ts";
import { readLease } from "../../chain/readLease.ts";
import { transferToken } from "../../chain/transferToken.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { x0tTimelockAbi } from "../../core/abi/X0TTimelock.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { addressBookSchema, type AddressBook } from "../../core/addressBook.ts";
import { devnetParameters, X0T } from "../../core/parameters.ts";
import { compileContracts } from "../../devnet/contracts.ts";
import { runX0t, ROOT } from "../cli/runX0t.ts";
import { createIndexerHome, eventually, type IndexerHome, type RunningIndexer } from "../indexer/support/indexerProcess.ts";
import { startAnvil, type Anvil } from "../support/anvil.ts";
import { startMain, type TestProcess } from "../support/processes.ts";
import { MNEMONIC, openProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { createTestNodes, witnessSlots, type TestNode } from "../support/testNodes.ts";
import { until } from "./devnet.ts";

const CHAIN_ID = 84_532;
const PARAMETERS = devnetParameters(60);
const DEPLOYER = 31;
/** Of ignition/parameters/localhost.json5: has all the genesis X0T; with 2 and 3 it owns the guardian. */
const FIRST = 1;
const NODES = 6;
const [LEASED, HOSTILE] = [2, 4];
const TENANT = 20;
/** An odd number of wei: what is paid, burned and refunded shall be exact. */
const PRICE = "7.000000000000000033";
const PRICE_WEI = 7n * X0T + 33n;
/** Proved slots of the six leased epochs; 90 % of 12 are 11. */
const UP = [12, 12, 0, 10, 11, 0];
const KILL_AT_LINE = 70;

describe("the economy on a chain of one's own", function () {
  this.timeout(180_000);
  let directory: string;
  let anvil: Anvil;
  let chain: ProtocolChain;
  let book: AddressBook;
  let networkFile: string;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let ipfs: TestProcess;
  let workers: TestProcess;
  let nodes: TestNode[];
  const keyFile = (account: number) => join(directory, `${account}.key`);
  const as = (account: number) => ["--key-file", keyFile(account)];
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await runX0t([...args, "--network", networkFile, "--rpc", chain.rpcUrl, "--json"], { timeoutMs: 60_000 });
    assert.equal(code, 0, `x0t ${args.join(" ")}: ${stderr}`);
    return JSON.parse(stdout) as T;
  };
  const x0tOf = async (account: Address) => (await readBalance(chain.client, { token: book.contracts.X0TToken, account })).x0tWei;
  const addressOf = (account: number) => chain.accounts[account]?.address as Address;
  const pass = async (seconds: number) => chain.warpTo((await chain.head()).timestamp + seconds);
  /** Lets chain time pass, three seconds at a look, until `condition`. */
  const passUntil = <T>(what: string, condition: () => Promise<T | undefined>) =>
    until(what, 60_000, async () => {
      const met = await condition();
      if (met === undefined) await pass(3);
      return met;
    });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "x0t-economy-"));
    networkFile = join(directory, "deployment", "network.json");
    const hoursAgo = Math.floor(Date.now() / 1000) - 4 * 3600;
    anvil = await startAnvil({ chainId: CHAIN_ID, args: ["--mnemonic", MNEMONIC, "--optimism", "--timestamp", String(hoursAgo)] });
    await compileContracts(AbortSignal.timeout(120_000));
  });

  after(async () => {
    await workers?.kill();
    await indexer?.kill("SIGKILL");
    await Promise.all([ipfs?.kill(), anvil?.stop(), home?.remove()]);
    await rm(directory, { recursive: true, force: true });
  });

  const deployArgs = () => {
    const deployment = ["--deployment-dir", join(directory, "deployment"), "--key-file", keyFile(DEPLOYER)];
    return ["deploy", "--network", "localhost", "--rpc", anvil.rpcUrl, ...deployment, "--json"];
  };

  it("deploys to chain 84532, is killed half-way, resumes, and repeats its result", async () => {
    chain = await openProtocolChain(anvil, { chainId: CHAIN_ID } as AddressBook, PARAMETERS);
    await writeFile(keyFile(DEPLOYER), chain.privateKeyOf(DEPLOYER), { mode: 0o600 });
    const child = spawn(`${ROOT}/x0t`, deployArgs(), { detached: true, stdio: "ignore", env: { ...process.env, X0T_SKIP_INSTALL: "1" } });
    const exited = once(child, "exit");
    await linesOf(join(directory, "deployment", "journal.jsonl"), KILL_AT_LINE, () => child.exitCode === null);
    process.kill(-(child.pid as number), "SIGKILL");
    const [, signal] = await exited;
    assert.equal(signal, "SIGKILL", "it was killed before its end");

    const { code, stdout, stderr } = await runX0t(deployArgs(), { timeoutMs: 60_000 });
    assert.equal(code, 0, stderr);
    const { network, file, bookFile, ...printed } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([network, file], ["localhost", networkFile]);
    book = addressBookSchema.parse(printed);
    assert.equal(book.chainId, CHAIN_ID);
    assert.deepEqual(JSON.parse(await readFile(bookFile as string, "utf8")), printed);
    assert.equal((await runX0t(deployArgs(), { timeoutMs: 60_000 })).stdout, stdout);
    chain = await openProtocolChain(anvil, book, PARAMETERS);
  });

  it("GOV-3 the deployer has no role, no X0T and no key to anything; the Governor alone proposes", async () => {
    const deployer = privateKeyToAccount(chain.privateKeyOf(DEPLOYER)).address;
    const timelock = { address: book.contracts.X0TTimelock, abi: x0tTimelockAbi } as const;
    const holds = (role: Hex, account: Address) => readContract(chain.client, { ...timelock, functionName: "hasRole", args: [role, account] });
    const roles = ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"].map((name) => keccak256(toHex(name)));
    for (const role of [zeroHash, ...roles]) assert.equal(await holds(role, deployer), false);
    assert.equal(await holds(roles[0] as Hex, book.contracts.X0TGovernor), true);
    assert.equal(await x0tOf(deployer), 0n);
    const treasury = await x0tOf(book.contracts.X0TTimelock);
    assert.equal(treasury, 599_000_000n * X0T);
  });

  it("runs six nodes, the indexer and the workers on what the deployment wrote", async () => {
    const recipients = [0, ...range(2, NODES - 2), ...range(12, NODES), TENANT].map(addressOf);
    const treasurer = chain.sender(FIRST);
    for (const to of recipients) await transferToken(treasurer, { token: book.contracts.X0TToken, to, amountWei: 5_000n * X0T });
    for (const account of [...range(0, NODES), TENANT]) await writeFile(keyFile(account), chain.privateKeyOf(account), { mode: 0o600 });
    ipfs = await startMain("ipfs/main.ts", ["--dir", join(directory, "ipfs"), "--port", "0"]);
    nodes = await createTestNodes(chain, { directory, count: NODES, ipfsUrl: `http://127.0.0.1:${String(ipfs.ready["port"])}` });
    home = await createIndexerHome({ rpcUrl: chain.rpcUrl, addressBook: book, parameters: { devnetEpochSeconds: 60 } });
    indexer = home.start();
    await indexer.ready();
    for (const node of nodes) await addToConfig(node, { indexerUrl: `http://127.0.0.1:${home.port}/graphql` });
    workers = await startMain("workers/main.ts", nodes.flatMap((node) => ["--home", node.home]));
    const status = await json<{ nodes: { index: number; stakeWei: string }[] }>("status");
    assert.equal(status.nodes.length, NODES);
  });

  it("MKT-1 MKT-2 offers a node, finds it on the market, and leases it for six epochs", async () => {
    const { listing } = await json<{ listing: number }>("market", "offer", "--node", String(LEASED), "--price", PRICE, "--uptime", "90", "--max-epochs", "24", ...as(LEASED));
    const before = await x0tOf(addressOf(TENANT));
    const lease = await json<{ lease: number; first: number; end: number }>("market", "rent", String(listing), "--epochs", String(UP.length), ...as(TENANT));
    assert.deepEqual([lease.lease, lease.first, lease.end - lease.first], [1, (await chain.epoch()) + 1, UP.length]);
    assert.equal(await x0tOf(addressOf(TENANT)), before - 6n * PRICE_WEI);
  });

  it("MKT-3 the janitor pays the good epochs and refunds the bad ones to the wei, without anyone asking", async () => {
    const { first, end } = await lease();
    const tenantBefore = await x0tOf(addressOf(TENANT));
    const supplyOfLease = await x0tOf(book.contracts.Marketplace);
    assert.equal(supplyOfLease, 6n * PRICE_WEI);
    await chain.warpToEpoch(first);
    for (let epoch = first; epoch < end; epoch++) {
      const slots = range(0, UP[epoch - first] as number);
      await witnessSlots(chain, nodes, { node: nodes[LEASED] as TestNode, epoch, slots });
      // When the receipts are in; the time stands still until the worker has committed.
      await chain.warpToEpoch(epoch + 1, 20);
      await until(`the commit of epoch ${epoch}`, 60_000, async () => {
        const commit = await readCommit(chain.client, { ledger: book.contracts.ProofLedger, node: LEASED, epoch });
        return commit === undefined ? undefined : true;
      });
    }
    await chain.warpToEpoch(end + 3);
    await passUntil("the last settlement", async () => ((await lease()).next === end ? true : undefined));

    const paid = await getContractEvents(chain.client, { address: book.contracts.X0TToken, abi: x0tTokenAbi, eventName: "Paid", args: { vault: book.contracts.Marketplace }, fromBlock: 0n, strict: true });
    const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
    assert.ok(paid.every(({ args }) => args.to === addressOf(LEASED)));
    assert.equal(sum(paid.map(({ args }) => args.net + args.burned)), 3n * PRICE_WEI, "three good epochs");
    for (const { args } of paid) assert.equal(args.burned, (args.net + args.burned) / 100n);
    assert.equal((await x0tOf(addressOf(TENANT))) - tenantBefore, 3n * PRICE_WEI, "three bad epochs, whole");
    assert.equal(await x0tOf(book.contracts.Marketplace), 0n);
  });

  it("shows the same lease by the command line and by the indexer", async () => {
    const wei = String(3n * PRICE_WEI);
    const indexed = await eventually(
      () => indexer.query<{ lease: { paid: string; refunded: string; pending: string } }>(`{ lease(id: 1) { paid refunded pending } }`),
      ({ lease }) => lease.pending === "0",
    );
    const shown = await json<{ lease: { paidWei: string; refundedWei: string; pendingWei: string } }>("market", "leases", "1", "--indexer", `http://127.0.0.1:${home.port}/graphql`);
    assert.deepEqual([indexed.lease.paid, indexed.lease.refunded], [wei, wei]);
    assert.deepEqual([shown.lease.paidWei, shown.lease.refundedWei, shown.lease.pendingWei], [wei, wei, "0"]);
  });

  /** Proposes, lets `answers` (by node) vote, and waits for the end of the vote. @returns the proposal's id */
  const decide = async (by: number, action: string[], answers: Record<number, string>) => {
    const { id } = await json<{ id: string }>("gov", "propose", "--title", action.join(" "), ...action, ...as(by));
    await pass(PARAMETERS.votingDelaySeconds + 1);
    for (const [voter, answer] of Object.entries(answers)) await json("gov", "vote", id, answer, ...as(Number(voter)));
    await pass(PARAMETERS.votingPeriodSeconds + 1);
    return id;
  };

  it("GOV-2 GOV-4 a vote changes a parameter through queue, delay and execution", async () => {
    const id = await decide(0, ["--set", "poolPerEpoch", "5000"], { 0: "for", 1: "for", 2: "against", 3: "abstain" });
    await json("gov", "queue", id, ...as(0));
    const early = await runX0t(["gov", "execute", id, "--network", networkFile, "--rpc", chain.rpcUrl, ...as(0)], { timeoutMs: 60_000 });
    assert.equal(early.code, 1);
    await pass(PARAMETERS.timelockSeconds + 1);
    await json("gov", "execute", id, ...as(5));
    const next = BigInt((await chain.epoch()) + 1);
    const rewards = { address: book.contracts.EpochRewards, abi: epochRewardsAbi, functionName: "poolPerEpochAt" } as const;
    assert.equal(await readContract(chain.client, { ...rewards, args: [next] }), 5_000n * X0T);
    assert.equal(await readContract(chain.client, { ...rewards, args: [next - 1n] }), 10_000n * X0T);
  });

  it("GOV-2 a vote pays from the treasury, and 1 % of it burns", async () => {
    const to = addressOf(25);
    const treasury = await x0tOf(book.contracts.X0TTimelock);
    const id = await decide(1, ["--pay", to, "1000"], { 0: "for", 1: "for", 2: "for", 5: "against" });
    await json("gov", "queue", id, ...as(1));
    await pass(PARAMETERS.timelockSeconds + 1);
    await json("gov", "execute", id, ...as(1));
    assert.equal(await x0tOf(to), 990n * X0T);
    assert.equal(await x0tOf(book.contracts.X0TTimelock), treasury - 1_000n * X0T);
  });

  it("GOV-3 the guardian, two of three owners, cancels a hostile proposal that had won", async () => {
    const treasury = await x0tOf(book.contracts.X0TTimelock);
    const id = await decide(HOSTILE, ["--pay", addressOf(HOSTILE), "500000000"], { [HOSTILE]: "for", 5: "for" });
    await json("gov", "queue", id, ...as(HOSTILE));
    await json("gov", "guard", "cancel", id, ...as(2), ...as(3));
    await pass(PARAMETERS.timelockSeconds + 1);
    const { code, stderr } = await runX0t(["gov", "execute", id, "--network", networkFile, "--rpc", chain.rpcUrl, ...as(HOSTILE)], { timeoutMs: 60_000 });
    assert.equal(code, 1);
    assert.match(stderr, /cancel/i);
    assert.equal(await x0tOf(book.contracts.X0TTimelock), treasury);
  });

  async function lease() {
    const found = await readLease(chain.client, { marketplace: book.contracts.Marketplace, lease: 1n });
    assert.ok(found);
    return found;
  }
});

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, offset) => first + offset);
}

async function addToConfig(node: TestNode, extra: Record<string, unknown>): Promise<void> {
  const file = join(node.home, "config.json");
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), ...extra }));
}

/** Waits until a file has so many lines. */
async function linesOf(file: string, lines: number, running: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  while (running()) {
    deadline.throwIfAborted();
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.split("\n").length > lines) return;
    await setImmediate();
  }
}
