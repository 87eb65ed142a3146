import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { createReader } from "../../chain/createReader.ts";
import { readBalance } from "../../chain/readBalance.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { digestFromCid } from "../../core/cid.ts";
import { epochAt, slotSeconds } from "../../core/epochTime.ts";
import { devnetParameters, PACKET_BYTES, UNIT_WEI, X0T } from "../../core/parameters.ts";
import { parseReceivedVouchers } from "../../core/spool.ts";
import type { DevnetFile } from "../../devnet/devnetFile.ts";
import { identify, isAlive, type ProcessIdentity } from "../../devnet/processIdentity.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { runX0t } from "../cli/runX0t.ts";
import { forgeAtEpochEnd } from "../support/forgeCommit.ts";
import { download, earningsOf, fetchJson, freePortBase, graphql, readFileJson, until, up, type Launcher } from "./devnet.ts";

const EPOCH_SECONDS = 12;
const NODES = 6;
const BIG_BYTES = 200_000_000;
/** For an epoch. */
const LEASE_WEI = 3n * X0T;
const LEASE_EPOCHS = 6;
const parameters = devnetParameters(EPOCH_SECONDS);

/** Rows of GraphQL, amounts in decimal strings. */
interface Rows<T> {
  items: T[];
}

describe("the story: one command, traffic, proofs, money, crashes", function () {
  this.timeout(60_000);
  this.bail(true);

  let stateDir: string;
  let args: string[];
  let launcher: Launcher;
  let devnet: DevnetFile;
  /** Registry indices of the relays that carried the download, entry first. */
  let path: number[];
  let forged: { node: number; epoch: number; cid: Hex } | undefined;
  let forging: Promise<unknown>;
  let lease: { node: number; tenantWei: bigint } | undefined;
  const started = new Map<string, ProcessIdentity>();
  const ended = new AbortController();

  const client = () => createReader({ chainId: devnet.chainId, rpcUrls: [devnet.rpcUrl] });
  const nodeHome = (index: number) => join(stateDir, "nodes", String(index));
  const readDevnet = () => readFileJson<DevnetFile>(join(stateDir, "devnet.json"));
  const remember = (file: DevnetFile) => {
    for (const [name, pid] of Object.entries(file.processes)) if (pid !== null) started.set(`${name}/${pid}`, identify(pid));
  };
  const currentPath = async () => {
    const { circuit } = await fetchJson<{ circuit: { nodeId: string }[] | null }>(`${devnet.clientApiUrl}/v1/status`);
    return circuit?.map(({ nodeId }) => devnet.nodes.findIndex((node) => node.nodeId === nodeId));
  };

  /** Bytes that all relays were paid for, by the relays that still followed: at the exit, the middle, the entry. */
  const carriedByDepth = async () => {
    const carried = [0, 0, 0];
    for (const { index } of devnet.nodes) {
      const { pairs } = await readFileJson<{ pairs: Record<string, { bytesByDepth: number[] }> }>(join(nodeHome(index), "meter.json"));
      for (const [key, { bytesByDepth }] of Object.entries(pairs)) {
        if (!key.startsWith("to:")) for (const [depth, bytes] of bytesByDepth.entries()) carried[depth] = (carried[depth] ?? 0) + bytes;
      }
    }
    return carried;
  };

  /** The tenant is the faucet: its X0T moves for nothing else. */
  const tenantKey = () => join(stateDir, "keys", "faucet.key");
  const tenantBalance = async () => {
    const { faucet } = await readFileJson<{ faucet: Address }>(join(stateDir, "genesis.json"));
    return (await readBalance(client(), { token: devnet.contracts.X0TToken, account: faucet })).x0tWei;
  };
  const rentOut = async (node: number) => {
    const run = async <T>(...words: string[]) => {
      const { code, stdout, stderr } = await runX0t(["market", ...words, ...args, "--json"]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as T;
    };
    const { listing } = await run<{ listing: number }>("offer", "--node", String(node), "--price", "3", "--uptime", "90", "--max-epochs", "24");
    await run("rent", String(listing), "--epochs", String(LEASE_EPOCHS), "--key-file", tenantKey());
    return { node, tenantWei: await tenantBalance() };
  };

  before(async function () {
    this.timeout(150_000);
    stateDir = await mkdtemp(join(tmpdir(), "x0t-e2e-"));
    args = ["--state-dir", stateDir];
    launcher = await up([...args, "--epoch", `${EPOCH_SECONDS}s`, "--port-base", String(await freePortBase(NODES))]);
    devnet = await readDevnet();
    remember(devnet);
  });

  let failed = false;
  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });

  after(async function () {
    this.timeout(60_000);
    ended.abort();
    launcher?.process.kill("SIGINT");
    await launcher?.exited;
    for (const process_ of started.values()) if (isAlive(process_)) process.kill(process_.pid, "SIGKILL");
    // Its logs say why.
    if (failed) process.stderr.write(`the network's state is kept in ${stateDir}\n`);
    else await rm(stateDir, { recursive: true, force: true });
  });

  it("says in one line, and in devnet.json, where everything is", async () => {
    assert.equal(launcher.stdout().split("\n").length, 2);
    for (const key of ["rpcUrl", "chainId", "contracts", "graphqlUrl", "socksUrl", "originUrl"] as const) {
      assert.deepEqual(launcher.ready[key], devnet[key]);
    }
    assert.equal(devnet.chainId, 31337);
    assert.deepEqual(devnet.nodes.map(({ index }) => index), [0, 1, 2, 3, 4, 5]);
    assert.equal(new Set(devnet.nodes.map(({ operator }) => operator)).size, NODES);
    assert.equal(new Set(devnet.nodes.map(({ region }) => region)).size, NODES);
    for (const { pid, apiUrl } of devnet.nodes) {
      assert.ok(pid !== null && isAlive(identify(pid)));
      assert.equal((await fetchJson<{ status: string }>(`${apiUrl}/health`)).status, "ok");
    }
  });

  it("a second launcher on the same state is refused, by name", async () => {
    const { code, stderr } = await runX0t(["up", ...args]);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`process ${devnet.launcherPid}`));
    assert.equal((await runX0t(["reset", ...args])).code, 2);
  });

  it("three different relays carry 200 MB to the byte", async function () {
    this.timeout(180_000);
    path = (await until("a circuit", 10_000, currentPath)) as number[];
    assert.equal(new Set(path).size, 3);
    const sum = await (await fetch(`${devnet.originUrl}/200m.bin.sha256`)).text();
    const before = await carriedByDepth();
    const { sha256, bytes } = await download(devnet, "/200m.bin", AbortSignal.timeout(170_000));
    assert.equal(bytes, BIG_BYTES);
    assert.equal(`${sha256}  200m.bin\n`, sum);
    // Up to three circuits share it; each of its bytes passed an entry, a middle and an exit.
    await until("200 MB at each of the three places", 10_000, async () => {
      const carried = await carriedByDepth();
      const more = carried.map((count, depth) => count - (before[depth] ?? 0));
      return more.every((count) => count > BIG_BYTES && count < 1.2 * BIG_BYTES) ? true : undefined;
    });
    // The liar begins now, and is judged at the end of the story; its worker goes on as ever.
    const liar = devnet.nodes.findIndex(({ index }) => !path.includes(index));
    forging = forgeAtEpochEnd(nodeHome(liar), { bitmap: 0xfffn, signal: ended.signal }).then((commit) => {
      forged = { node: liar, ...commit };
    });
    forging.catch(() => undefined);
  });

  it("NET-18, NET-19: the three are owed 3, 2 and 1 units a packet, and the chain pays the highest vouchers", async function () {
    this.timeout(90_000);
    // What they hold now: witnesses' circuits pay on, and hardly ever stand all channels still at once.
    const held = (await Promise.all(path.map((index) => earningsOf(devnet, index)))).flatMap(({ channels }) => channels);
    const redeemedOf = new Map<string, bigint>();
    await until("every voucher of the path redeemed", 80_000, async () => {
      for (const { channel, cumulativeWei } of held) {
        const { channel: row } = await graphql<{ channel: { redeemed: string } | null }>(devnet, `{ channel(id: "${channel}") { redeemed } }`);
        redeemedOf.set(channel, BigInt(row?.redeemed ?? 0));
        if (BigInt(row?.redeemed ?? 0) < cumulativeWei) throw new Error(`${row?.redeemed ?? 0} of ${cumulativeWei} wei of channel ${channel}`);
      }
      return true;
    });
    for (const [position, index] of path.entries()) {
      const { channels } = await earningsOf(devnet, index);
      for (const { channel, cumulativeWei } of channels) assert.ok((redeemedOf.get(channel) ?? 0n) <= cumulativeWei, "no more than was signed");
      const from = position === 0 ? "client" : devnet.nodes[path[position - 1] ?? -1]?.nodeId;
      const paid = channels.find(({ payer }) => payer === from);
      assert.ok(paid !== undefined, `node ${index} was paid by ${from}`);
      // Between relays there are also circuits of witnesses, and places are changed.
      if (position === 0) assert.equal(paid.meteredWei % (3n * UNIT_WEI), 0n);
      // What the spool holds is what the chain paid.
      const vouchers = parseReceivedVouchers(await readFile(join(nodeHome(index), "vouchers/received.jsonl"), "utf8"));
      assert.ok((vouchers.get(paid.channel as Hex)?.cumulative ?? 0n) >= paid.cumulativeWei);
      assert.ok(paid.cumulativeWei >= paid.meteredWei, "prepaid");
    }
    const packets = (await carriedByDepth()).reverse().map((bytes) => BigInt(Math.floor(bytes / PACKET_BYTES)));
    const metered = packets.map((count, position) => count * BigInt(3 - position) * UNIT_WEI);
    for (const count of packets) assert.ok(count >= BigInt(BIG_BYTES / PACKET_BYTES) && count < 3_000n, `${count} packets`);
    // After the burn of 1 % and what it pays on, each keeps 0.97, 0.98, 0.99 X0T a GB; a packet is 10^-4 GB.
    for (const [position, cents] of [97n, 98n, 99n].entries()) {
      const keeps = ((metered[position] ?? 0n) * 99n) / 100n - (metered[position + 1] ?? 0n);
      const wanted = ((packets[position] ?? 0n) * UNIT_WEI * cents) / 100n;
      const difference = keeps > wanted ? keeps - wanted : wanted - keeps;
      // A place sees a few packets more than the next one: handshakes and one layer of TLS more, of witnesses' circuits too.
      assert.ok(difference <= 300n * UNIT_WEI, `place ${position} keeps ${keeps}, wanted about ${wanted}`);
    }
  });

  it("TOK-2, TOK-3: exactly 1 % of every payment is burned, and events rebuild every balance", async function () {
    this.timeout(80_000);
    // Vouchers are redeemed meanwhile: it agrees between two redemptions.
    await until("indexer and chain agree", 60_000, async () => {
      const rows = await graphql<{
        redemptions: Rows<{ amount: string; payee: string; transactionHash: string }>;
        payments: Rows<{ net: string; burned: string; to: string; transactionHash: string }>;
        burns: Rows<{ amount: string }>;
        accounts: Rows<{ address: Hex; balance: string }>;
        token: { totalBurned: string };
      }>(
        devnet,
        `{ redemptions(limit: 1000) { items { amount payee transactionHash } } payments(limit: 1000) { items { net burned to transactionHash } }
           burns(limit: 1000) { items { amount } } accounts(limit: 1000) { items { address balance } } token(id: "X0T") { totalBurned } }`,
      );
      assert.ok(rows.redemptions.items.length >= 3);
      for (const { net, burned } of rows.payments.items) assert.equal(BigInt(burned), (BigInt(net) + BigInt(burned)) / 100n);
      for (const { amount, payee, transactionHash } of rows.redemptions.items) {
        const payment = rows.payments.items.find((row) => row.transactionHash === transactionHash && row.to === payee && BigInt(row.net) + BigInt(row.burned) === BigInt(amount));
        assert.ok(payment !== undefined, `redemption in ${transactionHash}`);
      }
      const sum = rows.burns.items.reduce((total, { amount }) => total + BigInt(amount), 0n);
      assert.equal(sum, BigInt(rows.token.totalBurned));
      const { X0TToken: token } = devnet.contracts;
      if ((await readContract(client(), { address: token, abi: x0tTokenAbi, functionName: "totalBurned" })) !== sum) return undefined;
      for (const { address, balance } of rows.accounts.items) {
        const { x0tWei } = await readBalance(client(), { token, account: address });
        if (x0tWei !== BigInt(balance)) return undefined;
      }
      return true;
    });
  });

  it("x0t status shows it all", async () => {
    const { code, stdout } = await runX0t(["status", "--json", ...args]);
    assert.equal(code, 0);
    const shown = JSON.parse(stdout) as { nodes: { index: number; up: boolean; relayedBytes: string; meteredWei: string; redeemedWei: string; prepaidWei: string }[] };
    assert.equal(shown.nodes.length, NODES);
    for (const index of path) {
      const node = shown.nodes[index];
      assert.ok(node?.up === true);
      assert.equal(BigInt(node.prepaidWei), BigInt(node.redeemedWei) - BigInt(node.meteredWei));
      assert.ok(BigInt(node.prepaidWei) >= 0n);
    }
    assert.ok(shown.nodes.reduce((sum, { relayedBytes }) => sum + Number(relayedBytes), 0) > 3 * BIG_BYTES);
    assert.match((await runX0t(["status", ...args])).stdout, /6 of 6 nodes up/);
  });

  it("proof verify accepts what is published and rejects one changed byte", async function () {
    this.timeout(60_000);
    const [entry] = path;
    const { epoch, cid } = await until("a commit of the entry relay with all slots", 50_000, async () => {
      const { commits } = await graphql<{ commits: Rows<{ epoch: number; cid: string; slots: number }> }>(
        devnet,
        `{ commits(where: { node: ${entry} }, orderBy: "epoch", orderDirection: "desc") { items { epoch cid slots } } }`,
      );
      return commits.items.find(({ slots }) => slots === parameters.slotsPerEpoch);
    });
    const verified = await runX0t(["proof", "verify", cid, "--json", ...args]);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    assert.equal((JSON.parse(verified.stdout) as { valid: boolean }).valid, true);

    const block = await createIpfsClient({ url: devnet.ipfsUrl }).getBlock(digestFromCid(cid));
    const file = join(stateDir, "bundle.cbor");
    await writeFile(file, block);
    assert.equal((await runX0t(["proof", "verify", file, ...args])).code, 0);
    for (const at of [40, Math.floor(block.length / 2), block.length - 10]) {
      const changed = Uint8Array.from(block);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(file, changed);
      const { code, stdout } = await runX0t(["proof", "verify", file, "--node", String(entry), "--epoch", String(epoch), ...args]);
      assert.equal(code, 1, `byte ${at}`);
      assert.match(stdout, /FALSE\n {2}- /);
    }
    await rm(file);
  });

  it("REW-3: final epochs are claimed by the workers", async function () {
    this.timeout(90_000);
    const claims = await until("claims of every honest node", 80_000, async () => {
      const { claims } = await graphql<{ claims: Rows<{ node: number; amount: string; transactionHash: string }> }>(devnet, "{ claims(limit: 1000) { items { node amount transactionHash } } }");
      return path.every((index) => claims.items.some(({ node }) => node === index)) ? claims.items : undefined;
    });
    for (const { amount } of claims) assert.ok(BigInt(amount) > 0n);
  });

  it("goes around a killed relay within 5 s; it misses the right slots and comes back as itself", async function () {
    this.timeout(120_000);
    const victim = ((await until("a circuit", 10_000, currentPath)) as number[])[1] as number;
    const { apiUrl, nodeId, pid } = devnet.nodes[victim] as DevnetFile["nodes"][number];
    const before = { status: await fetchJson<{ relayedBytes: string }>(`${apiUrl}/v1/status`), earnings: await earningsOf(devnet, victim) };
    lease = await rentOut(victim);
    process.kill(pid as number, "SIGKILL");
    const killedAt = Date.now() / 1000;
    await until("a new connection", 5_000, async () => ((await download(devnet, "/1k.txt", AbortSignal.timeout(5_000))).bytes === 1024 ? true : undefined));
    assert.ok(!((await currentPath()) ?? []).includes(victim));

    const again = await until("the relay again", 40_000, async () => {
      const now = (await readDevnet()).nodes[victim]?.pid;
      return now !== pid && now !== null && (await fetchJson<{ status: string }>(`${apiUrl}/health`)).status === "ok" ? now : undefined;
    });
    const backAt = Date.now() / 1000;
    assert.ok(backAt - killedAt >= 14, "it stays away for 15 s");
    devnet = await readDevnet();
    remember(devnet);
    assert.equal(devnet.nodes[victim]?.pid, again);
    const status = await fetchJson<{ nodeId: string; relayedBytes: string }>(`${apiUrl}/v1/status`);
    assert.equal(status.nodeId, nodeId);
    assert.ok(BigInt(status.relayedBytes) >= (BigInt(before.status.relayedBytes) * 99n) / 100n);
    const earnings = await earningsOf(devnet, victim);
    for (const { channel, cumulativeWei } of before.earnings.channels) {
      assert.ok((earnings.channels.find((known) => known.channel === channel)?.cumulativeWei ?? 0n) >= cumulativeWei, "vouchers are kept");
    }

    // Slots that lay wholly between the death and the return cannot be proved; those before and after can.
    const slot = slotSeconds(parameters);
    for (let epoch = epochAt(parameters, killedAt); epoch <= epochAt(parameters, backAt); epoch++) {
      const row = await until(`the commit of epoch ${epoch}`, 40_000, async () => {
        const { commit } = await graphql<{ commit: { bitmap: string } | null }>(devnet, `{ commit(node: ${victim}, epoch: ${epoch}) { bitmap } }`);
        return commit ?? undefined;
      });
      for (let index = 0; index < parameters.slotsPerEpoch; index++) {
        const begins = epoch * EPOCH_SECONDS + index * slot;
        const isSet = ((BigInt(row.bitmap) >> BigInt(index)) & 1n) === 1n;
        if (begins > killedAt + slot && begins + slot < backAt - 3) assert.equal(isSet, false, `epoch ${epoch} slot ${index}: it was dead`);
        if (begins + slot < killedAt - 3) assert.equal(isSet, true, `epoch ${epoch} slot ${index}: it was alive`);
      }
    }
  });

  it("PRF-4: a false claim is challenged, voided and slashed without anyone's help", async function () {
    this.timeout(120_000);
    await forging;
    assert.ok(forged !== undefined);
    const { node, epoch } = forged;
    await until("the false commit enforced", 110_000, async () => {
      const { commit } = await graphql<{ commit: { voided: boolean; enforced: boolean } | null }>(devnet, `{ commit(node: ${node}, epoch: ${epoch}) { voided enforced } }`);
      return commit?.voided === true && commit.enforced ? true : undefined;
    });
    const { stake } = await readContract(client(), { address: devnet.contracts.NodeRegistry, abi: nodeRegistryAbi, functionName: "getNode", args: [node] });
    assert.equal(stake, 900n * X0T);
    const { challenges } = await graphql<{ challenges: Rows<{ challenger: string }> }>(devnet, `{ challenges(where: { node: ${node}, epoch: ${epoch} }) { items { challenger } } }`);
    assert.ok(challenges.items.length >= 1);
    const verdict = await runX0t(["proof", "verify", "--node", String(node), "--epoch", String(epoch), ...args]);
    assert.equal(verdict.code, 1);
    assert.match(verdict.stdout, /FALSE/);
  });

  it("MKT-3: the janitor paid the epochs in which the leased relay was up, and refunded those in which it was dead", async function () {
    this.timeout(120_000);
    assert.ok(lease !== undefined);
    const { node, tenantWei } = lease;
    const outcomes = await until("every leased epoch settled", 110_000, async () => {
      const { lease: row, leaseEpochs } = await graphql<{ lease: { settled: boolean }; leaseEpochs: Rows<{ epoch: number; outcome: string }> }>(
        devnet,
        "{ lease(id: 1) { settled } leaseEpochs(where: { lease: 1 }) { items { epoch outcome } } }",
      );
      // Two reads, and a block may come between them.
      return row.settled && leaseEpochs.items.length === LEASE_EPOCHS ? leaseEpochs.items : undefined;
    });
    for (const { epoch, outcome } of outcomes) {
      const slots = await readContract(client(), { address: devnet.contracts.ProofLedger, abi: proofLedgerAbi, functionName: "uptimeOf", args: [node, BigInt(epoch)] });
      assert.equal(outcome, slots * 100 >= 90 * parameters.slotsPerEpoch ? "paid" : "refunded", `epoch ${epoch}: ${slots} slots`);
    }
    const paid = outcomes.filter(({ outcome }) => outcome === "paid").length;
    assert.ok(paid > 0 && paid < LEASE_EPOCHS, `${paid} of ${LEASE_EPOCHS} paid`);
    assert.equal((await tenantBalance()) - tenantWei, BigInt(LEASE_EPOCHS - paid) * LEASE_WEI);
  });

  it("every other child that is killed is named and comes back", async function () {
    this.timeout(120_000);
    const killed = ["ipfs", "origin", "workers", "client", "indexer"];
    const before = await readDevnet();
    for (const name of killed) process.kill(before.processes[name] as number, "SIGKILL");
    assert.equal((await runX0t(["status", ...args])).code, 0, "status works without the indexer");
    devnet = await until("all of them again", 90_000, async () => {
      const file = await readDevnet();
      const back = killed.every((name) => file.processes[name] !== null && file.processes[name] !== before.processes[name]);
      return back ? file : undefined;
    });
    remember(devnet);
    for (const name of killed) {
      assert.match(launcher.stderr(), new RegExp(`${name} ended \\(SIGKILL\\); it is started again in 15 s`));
      assert.match(launcher.stderr(), new RegExp(`${name} runs again \\(process ${devnet.processes[name]}\\)`));
    }
    await until("traffic again", 30_000, async () => ((await download(devnet, "/1k.txt", AbortSignal.timeout(10_000))).bytes === 1024 ? true : undefined));
    assert.equal(launcher.stdout().split("\n").length, 2, "standard output still has its one line");
  });

  it("SIGINT stops everything and exits 0; up again resumes the same network with the same balances", async function () {
    this.timeout(150_000);
    const before = await worth();
    launcher.process.kill("SIGINT");
    assert.equal(await launcher.exited, 0);
    for (const [name, process_] of started) assert.equal(isAlive(process_), false, name);
    await assert.rejects(readDevnet(), { code: "ENOENT" });

    launcher = await up(args);
    const resumed = await readDevnet();
    remember(resumed);
    assert.deepEqual(resumed.contracts, devnet.contracts);
    assert.deepEqual(resumed.nodes.map(({ nodeId }) => nodeId), devnet.nodes.map(({ nodeId }) => nodeId));
    devnet = resumed;
    assertNoLess(await worth(), before);
    assert.equal((await download(devnet, "/1k.txt", AbortSignal.timeout(10_000))).bytes, 1024);
  });

  it("a killed chain loses seconds at most, and a killed launcher's leftovers are ended by the next up", async function () {
    this.timeout(180_000);
    const number = async () => Number(await client().getBlockNumber());
    const before = { block: await number(), worth: await worth() };
    const pid = devnet.processes.chain as number;
    process.kill(pid, "SIGKILL");
    await until("the chain again", 60_000, async () => ((await readDevnet()).processes.chain !== pid ? true : undefined));
    assert.ok((await number()) > before.block - 15);
    await until("blocks of now", 10_000, async () => (Math.abs(Number((await client().getBlock()).timestamp) - Date.now() / 1000) < 3 ? true : undefined));
    devnet = await readDevnet();
    remember(devnet);

    launcher.process.kill("SIGKILL");
    await launcher.exited;
    launcher = await up(args);
    devnet = await readDevnet();
    remember(devnet);
    assertNoLess(await worth(), before.worth);
    assert.equal((await download(devnet, "/1k.txt", AbortSignal.timeout(10_000))).bytes, 1024);
    launcher.process.kill("SIGINT");
    assert.equal(await launcher.exited, 0);
    for (const [name, process_] of started) assert.equal(isAlive(process_), false, name);
    assert.equal((await runX0t(["reset", ...args])).code, 0);
  });

  /** What nobody may lose: the client's tokens, each operator's, stakes, and what each channel paid. */
  async function worth(): Promise<Record<string, bigint>> {
    const { X0TToken: token, NodeRegistry: registry } = devnet.contracts;
    const { client: payer } = await readFileJson<{ client: Hex }>(join(stateDir, "genesis.json"));
    const amounts: Record<string, bigint> = { client: (await readBalance(client(), { token, account: payer })).x0tWei };
    for (const { index, operator } of devnet.nodes) {
      amounts[`operator ${index}`] = (await readBalance(client(), { token, account: operator })).x0tWei;
      amounts[`stake ${index}`] = (await readContract(client(), { address: registry, abi: nodeRegistryAbi, functionName: "getNode", args: [index] })).stake;
      for (const { channel, cumulativeWei } of (await earningsOf(devnet, index)).channels) amounts[`channel ${channel} of ${index}`] = cumulativeWei;
    }
    return amounts;
  }

  /** Workers go on earning: balances may have grown, the client's and the stakes are the same. */
  function assertNoLess(after: Record<string, bigint>, before: Record<string, bigint>): void {
    for (const [name, amount] of Object.entries(before)) {
      if (name === "client" || name.startsWith("stake")) assert.equal(after[name], amount, name);
      else assert.ok((after[name] ?? 0n) >= amount, `${name}: ${after[name]} after ${amount}`);
    }
  }
});
