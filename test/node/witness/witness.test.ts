import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Counter, Registry } from "prom-client";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { signReceipt } from "../../../chain/signReceipt.ts";
import { slotAt } from "../../../core/epochTime.ts";
import { devnetParameters } from "../../../core/parameters.ts";
import type { Hex, NodeId } from "../../../core/ids.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import type { Identity } from "../../../node/identity/identity.ts";
import type { Link } from "../../../node/link/link.ts";
import { WITNESS_FORWARD, WITNESS_RECEIPT } from "../../../node/link/protocols.ts";
import { openSpool, type Spool } from "../../../node/proofs/spool.ts";
import { encodeReceipt, MISS_NO_PATH, MISS_UNREACHABLE } from "../../../node/witness/encoding.ts";
import type { ProbeOutcome } from "../../../node/witness/probe.ts";
import { createSubject } from "../../../node/witness/subject.ts";
import { createWitness } from "../../../node/witness/witness.ts";
import { createEpochClock, type EpochClock } from "../../../runtime/epochClock.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { highS } from "../../support/highS.ts";
import { until } from "../../support/sockets.ts";
import { testIdentity } from "../../support/testIdentity.ts";
import { linkNetwork } from "../link/linkHarness.ts";

const CHAIN = 31337;
const LEDGER = "0x00000000000000000000000000000000000000A2" as const;
const parameters = devnetParameters(12);

interface Member {
  link: Link;
  spool: Spool;
  identity: Identity;
  hotKey: Hex;
  misses: () => Promise<number>;
  skipped: () => Promise<number>;
  missed: () => Promise<Record<string, number>>;
  close(): Promise<void>;
}

describe("witnessing", () => {
  let home: string;
  let network: ReturnType<typeof linkNetwork>;
  let clock: EpochClock;
  let members: Member[];
  let directory: DirectoryNode[];
  let committee: (node: number, slot: number) => number[];
  let clockIsGood: boolean;
  let outcome: ProbeOutcome;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "x0t-witness-"));
    network = linkNetwork();
    clock = createEpochClock(parameters);
    members = [];
    directory = [];
    clockIsGood = true;
    outcome = undefined;
    committee = (node) => directory.map(({ index }) => index).filter((index) => index !== node);
  });
  afterEach(async () => {
    await Promise.all(members.map((member) => member.close()));
    await network.close();
    clock.close();
    await rm(home, { recursive: true });
  });

  const add = async (options: { behindNat?: boolean } = {}) => {
    const identity = await testIdentity();
    const hotKey = generatePrivateKey();
    const index = directory.length;
    directory.push({
      index,
      nodeId: identity.nodeId,
      operator: LEDGER,
      witness: privateKeyToAccount(hotKey).address,
      stake: 1n,
      active: true,
      document: { publicKey: identity.publicKey, endpoint: options.behindNat === true ? { reachable: false } : {} } as unknown as DirectoryNode["document"] & object,
    });
    const { link } = await network.add({ identity, ...options });
    const log = createLogger("test", process.env.X0T_LOG_LEVEL ?? "silent");
    const spool = await openSpool(join(home, `${index}`), log);
    const counter = <T extends string>(name: string, labelNames: T[] = []) => new Counter<T>({ name, help: name, labelNames, registers: [registry] });
    const registry = new Registry();
    const misses = counter("misses", ["reason"]);
    const skipped = counter("skipped");
    const missed = counter("missed", ["reason"]);
    const deps = {
      self: () => index,
      chainId: CHAIN,
      ledger: LEDGER,
      parameters,
      facts: {
        get: async (epoch: number) => ({
          epoch,
          committee: (node: number, slot: number) => committee(node, slot),
          witnessKey: (node: number) => directory[node]?.witness,
        }),
      },
      directory: {
        nodes: () => directory,
        byIndex: (i: number) => directory[i],
        byId: (nodeId: NodeId) => directory.find((node) => node.nodeId === nodeId),
      },
      link,
      clock,
      log,
    };
    const witness = createWitness({
      ...deps,
      hotAccount: privateKeyToAccount(hotKey),
      // Whoever has a link relays; the probes themselves are tried in probe.test.ts.
      prober: { probe: async (target) => outcome ?? (link.peer(target.nodeId) === undefined && options.behindNat !== true ? MISS_UNREACHABLE : undefined) },
      clockIsGood: () => clockIsGood,
      random: Math.random,
      metrics: { receipts: counter("receipts"), misses, skipped },
    });
    const subject = createSubject({
      ...deps,
      witness,
      spool,
      metrics: { held: counter("held"), refused: counter("refused"), missed },
    });
    subject.start();
    witness.start();
    const member: Member = {
      link,
      spool,
      identity,
      hotKey,
      misses: async () => (await misses.get()).values.reduce((sum, { value }) => sum + value, 0),
      skipped: async () => (await skipped.get()).values[0]?.value ?? 0,
      missed: async () => Object.fromEntries((await missed.get()).values.map(({ labels, value }) => [labels.reason, value])),
      async close() {
        witness.close();
        subject.close();
        await spool.close();
      },
    };
    members.push(member);
    return member;
  };

  const now = () => ({ epoch: Math.floor(clock.nowMs() / 12_000), slot: slotAt(parameters, clock.nowMs() / 1000) });
  const meshed = () => until(() => members.every(({ link }) => link.peers().length === members.length - 1), 10_000, "mesh");
  /** Resolves at the start of a slot with at least `slots` more behind it in the epoch. */
  const roomFor = (slots: number) => until(() => now().slot + slots < 12 && clock.nowMs() % 1000 < 50, 14_000, "room in the epoch");

  it("NET-21 one-second slots: every committee member's receipt is held, signed truly, one slot after", async () => {
    for (let i = 0; i < 4; i++) await add();
    await meshed();
    await roomFor(4);
    // A slot may have begun before all links stood.
    const early = await Promise.all(members.map((member) => member.misses()));
    const { epoch, slot } = now();
    const slots = [slot + 1, slot + 2];
    await until(() => members.every(({ spool }) => slots.every((s) => spool.receiptCounts(epoch)[s] === 3)), 8_000, "3 receipts a slot");
    assert.deepEqual(await Promise.all(members.map((member) => member.misses())), early);
  }).timeout(40_000);

  it("NET-21 only committees witness", async () => {
    for (let i = 0; i < 4; i++) await add();
    committee = (node, slot) => (node === 0 && slot % 2 === 0 ? [1, 2] : []);
    await meshed();
    await roomFor(5);
    const { epoch, slot } = now();
    const even = slot + 1 + ((slot + 1) % 2);
    await until(() => members[0]!.spool.receiptCounts(epoch)[even] === 2, 8_000, "2 receipts");
    assert.equal(members[0]!.spool.receiptCounts(epoch)[even + 1], undefined);
    assert.deepEqual(members[1]!.spool.receiptCounts(epoch), {});
  }).timeout(40_000);

  it("NET-20 receipts between two nodes behind NAT are carried by a public one", async () => {
    const [carrier, one, other] = [await add(), await add({ behindNat: true }), await add({ behindNat: true })];
    await until(() => carrier.link.peers().length === 2 && one.link.peers().length === 1 && other.link.peers().length === 1, 10_000, "links");
    await roomFor(4);
    const { epoch, slot } = now();
    await until(() => [one, other].every(({ spool }) => spool.receiptCounts(epoch)[slot + 1] === 2), 8_000, "both witnesses' receipts");
    // Nothing of it can be used to forge: the signature counts, and false ones are counted against who gave them.
    const forged = { epoch, slot: slot + 1, node: 2, signature: `0x${"11".repeat(65)}` as Hex };
    const forward = one.link.peers()[0]!.request("witness", WITNESS_FORWARD, encodeReceipt({ ...forged, slot: slot + 2 }), AbortSignal.timeout(400));
    await assert.rejects(forward);
    // A node that the other can reach is reached: nobody carries for it.
    await assert.rejects(carrier.link.peers()[0]!.request("witness", WITNESS_FORWARD, encodeReceipt(forged), AbortSignal.timeout(400)));
  }).timeout(40_000);

  it("NET-21 a dead node gets no receipts, and its witnesses note the misses", async () => {
    for (let i = 0; i < 3; i++) await add();
    await meshed();
    await roomFor(5);
    await members[2]!.link.close();
    const { epoch, slot } = now();
    await until(() => now().slot >= slot + 3 || now().epoch > epoch, 8_000, "slots pass");
    assert.equal(members[2]!.spool.receiptCounts(epoch)[slot + 2], undefined);
    assert.ok((await members[0]!.misses()) > 0);
    await until(() => (members[0]!.spool.receiptCounts(epoch)[slot + 2] ?? 0) === 1, 5_000, "the others go on");
  }).timeout(40_000);

  it("NET-21 a node that does not relay is told why by its witnesses; a witness that can pay nobody blames only itself", async () => {
    for (let i = 0; i < 3; i++) await add();
    outcome = MISS_NO_PATH;
    await meshed();
    await untilAsync(async () => (await Promise.all(members.map((member) => member.missed()))).every((missed) => (missed.no_path ?? 0) >= 2), "MISS of both witnesses");
    outcome = "unable";
    const before = await members[0]!.skipped();
    await untilAsync(async () => (await members[0]!.skipped()) > before, "slots skipped");
    assert.ok(members.every(({ spool }) => Object.keys(spool.receiptCounts(now().epoch)).length === 0));
  }).timeout(40_000);

  it("NET-21 a witness whose clock is off skips", async () => {
    for (let i = 0; i < 3; i++) await add();
    clockIsGood = false;
    await meshed();
    await roomFor(4);
    const { epoch, slot } = now();
    await until(() => now().slot >= slot + 3 || now().epoch > epoch, 8_000, "slots pass");
    for (const { spool } of members) assert.equal(spool.receiptCounts(epoch)[slot + 1], undefined);
  }).timeout(40_000);

  it("PRF-1 receipts with a false signature, of another node, slot or committee are not kept", async () => {
    const [subject, witness, outsider] = [await add(), await add(), await add()];
    clockIsGood = false;
    committee = (node) => (node === 0 ? [1] : []);
    await meshed();
    await roomFor(2);
    const { epoch, slot } = now();
    const sign = (key: Hex, s: number, node = 0, e = epoch) =>
      signReceipt(privateKeyToAccount(key), { chainId: CHAIN, ledger: LEDGER, epoch: e, slot: s, node });
    const send = async (from: Member, receipt: { epoch: number; slot: number; node: number; signature: Hex }) => {
      const peer = from.link.peer(subject.identity.nodeId)!;
      return peer.request("witness", WITNESS_RECEIPT, encodeReceipt(receipt), AbortSignal.timeout(400)).then(
        () => "kept",
        () => "refused",
      );
    };
    const good = await sign(witness.hotKey, slot);
    assert.equal(await send(witness, { epoch, slot, node: 0, signature: await sign(outsider.hotKey, slot) }), "refused");
    assert.equal(await send(witness, { epoch, slot, node: 0, signature: highS(good) }), "refused", "the ledger takes low s only");
    assert.equal(await send(witness, { epoch, slot: (slot + 1) % 12, node: 0, signature: good }), "refused");
    assert.equal(await send(witness, { epoch, slot: 12, node: 0, signature: await sign(witness.hotKey, 12) }), "refused");
    assert.equal(await send(witness, { epoch, slot, node: 1, signature: await sign(witness.hotKey, slot, 1) }), "refused");
    assert.equal(await send(outsider, { epoch, slot, node: 0, signature: await sign(outsider.hotKey, slot) }), "refused");
    const old = epoch - 3;
    assert.equal(await send(witness, { epoch: old, slot, node: 0, signature: await sign(witness.hotKey, slot, 0, old) }), "refused");
    assert.deepEqual(subject.spool.receiptCounts(epoch), {});
    assert.equal(await send(witness, { epoch, slot, node: 0, signature: good }), "kept");
    assert.equal(await send(witness, { epoch, slot, node: 0, signature: good }), "kept", "acknowledged again");
    assert.deepEqual(subject.spool.receiptCounts(epoch), { [slot]: 1 });
  }).timeout(40_000);
});

async function untilAsync(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
