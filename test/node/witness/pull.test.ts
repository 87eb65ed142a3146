import assert from "node:assert/strict";
import { Counter, Registry } from "prom-client";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { devnetParameters } from "../../../core/parameters.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import type { Message } from "../../../node/link/message.ts";
import type { LinkHandler, LinkPeer } from "../../../node/link/peer.ts";
import { WITNESS_PULL, WITNESS_RECEIPT } from "../../../node/link/protocols.ts";
import { decodePull, decodeReceipt } from "../../../node/witness/encoding.ts";
import { createSubject } from "../../../node/witness/subject.ts";
import { createWitness } from "../../../node/witness/witness.ts";
import type { EpochClock, SlotTime } from "../../../runtime/epochClock.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { until } from "../../support/sockets.ts";
import { testIdentity } from "../../support/testIdentity.ts";

const parameters = devnetParameters(60);
const LEDGER = "0x00000000000000000000000000000000000000A2";
const EPOCH = 1_000;

/** A clock that moves only when told. */
function fakeClock() {
  const slots = new Set<(time: SlotTime) => void>();
  const sleepers = new Set<{ ms: number; wake: () => void }>();
  let ms = EPOCH * 60_000;
  const now = () => ({ epoch: Math.floor(ms / 60_000), slot: Math.floor((ms % 60_000) / 5_000) });
  const clock: EpochClock = {
    nowMs: () => ms,
    now,
    onSlot(callback) {
      slots.add(callback);
      return () => slots.delete(callback);
    },
    onEpoch: () => () => undefined,
    sleepUntil: (at) => (at <= ms ? Promise.resolve() : new Promise((wake) => sleepers.add({ ms: at, wake }))),
    follow: () => undefined,
    close: () => undefined,
  };
  return {
    clock,
    /** Begins the current slot. */
    slot: () => slots.forEach((callback) => callback(now())),
    async advance(by: number) {
      ms += by;
      for (const sleeper of sleepers) {
        if (sleeper.ms > ms) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const counter = (): Counter => new Counter({ name: "x", help: "x", registers: [new Registry()] });
const byReason = (): Counter<"reason"> => new Counter({ name: "x", help: "x", labelNames: ["reason"], registers: [new Registry()] });

async function setUp() {
  const hotKey = generatePrivateKey();
  const subjectIdentity = await testIdentity();
  const time = fakeClock();
  const nodes = [0, 1].map((index) => ({
    index,
    nodeId: index === 1 ? subjectIdentity.nodeId : `0x${"01".repeat(32)}`,
    operator: LEDGER,
    witness: privateKeyToAccount(hotKey).address,
    stake: 1n,
    active: true,
    document: { publicKey: subjectIdentity.publicKey },
  })) as unknown as DirectoryNode[];
  const facts = { get: async (epoch: number) => ({ epoch, committee: () => [0], witnessKey: () => privateKeyToAccount(hotKey).address }) };
  const directory = { nodes: () => nodes, byIndex: (i: number) => nodes[i], byId: (id: string) => nodes.find(({ nodeId }) => nodeId === id) };
  const log = createLogger("test", "silent");
  const shared = { chainId: 1, ledger: LEDGER, parameters, facts, directory, clock: time.clock, log } as const;
  return { hotKey, subjectIdentity, time, nodes, shared };
}

describe("receipts that did not arrive", () => {
  it("NET-21 a witness sends again what was not acknowledged when the node pulls, and only what is due", async () => {
    const { hotKey, subjectIdentity, time, shared } = await setUp();
    const sent: Message[] = [];
    let acknowledge = false;
    const peer = {
      nodeId: subjectIdentity.nodeId,
      request: async (_protocol: string, type: number, payload: Uint8Array) => {
        sent.push({ type, id: 1, payload });
        if (!acknowledge) throw new Error("lost on the way");
        return { type: 4, payload: new Uint8Array() };
      },
      send: () => true,
    } as unknown as LinkPeer;
    const witness = createWitness({
      ...shared,
      self: () => 0,
      hotAccount: privateKeyToAccount(hotKey),
      link: { peer: () => peer, peers: () => [peer] },
      prober: { probe: async () => undefined },
      clockIsGood: () => true,
      random: () => 0.5,
      metrics: { receipts: counter(), misses: byReason(), skipped: counter() },
    });
    witness.start();
    time.slot();
    await time.advance(0);
    await time.advance(2_000);
    await until(() => sent.length === 0, 100);
    witness.resend(peer, 1, EPOCH);
    assert.equal(sent.length, 0, "not before the slot is over");
    await time.advance(6_000);
    await until(() => sent.length === 1, 3_000, "first try");
    await time.advance(0);
    acknowledge = true;
    witness.resend(peer, 1, EPOCH + 1);
    assert.equal(sent.length, 1, "another epoch's pull");
    witness.resend(peer, 1, EPOCH);
    await until(() => sent.length === 2, 3_000, "pulled");
    assert.equal(sent[1]!.type, WITNESS_RECEIPT);
    assert.deepEqual({ ...decodeReceipt(sent[1]!.payload), signature: 0 }, { epoch: EPOCH, slot: 0, node: 1, signature: 0 });
    await time.advance(0);
    witness.resend(peer, 1, EPOCH);
    assert.equal(sent.length, 2, "acknowledged ones are not sent again");
    witness.close();
  });

  it("NET-21 a witness that is too late itself accuses nobody", async () => {
    const { hotKey, time, shared } = await setUp();
    const said: number[] = [];
    const skipped = counter();
    const peer = {
      request: (_protocol: string, type: number) => said.push(type) && Promise.reject(new Error("not here")),
      send: (_protocol: string, type: number) => said.push(type) > 0,
    } as unknown as LinkPeer;
    const witness = createWitness({
      ...shared,
      self: () => 0,
      hotAccount: privateKeyToAccount(hotKey),
      link: { peer: () => peer, peers: () => [peer] },
      prober: { probe: () => Promise.reject(new Error("too late to probe")) },
      clockIsGood: () => true,
      random: () => 0.5,
      metrics: { receipts: counter(), misses: byReason(), skipped },
    });
    witness.start();
    await time.advance(4_700);
    time.slot();
    await time.advance(10_000);
    assert.deepEqual(said, []);
    assert.equal((await skipped.get()).values[0]?.value, 1);
    witness.close();
  });

  it("NET-21 a node pulls from every peer that comes, and after each epoch, until the commit closes", async () => {
    const { time, shared } = await setUp();
    const pulled: number[] = [];
    const peer = {
      nodeId: `0x${"01".repeat(32)}`,
      send(_protocol: string, type: number, payload: Uint8Array) {
        assert.equal(type, WITNESS_PULL);
        pulled.push(decodePull(payload));
        return true;
      },
    } as unknown as LinkPeer;
    let arrive: (peer: LinkPeer) => void = () => undefined;
    const subject = createSubject({
      ...shared,
      self: () => 1,
      link: {
        on: (_protocol: string, _handler: LinkHandler) => undefined,
        peer: () => peer,
        peers: () => [peer],
        onPeer(callback) {
          arrive = callback;
          return () => undefined;
        },
      },
      witness: { resend: () => undefined, start: () => undefined, close: () => undefined },
      spool: { addReceipt: async () => true, hasReceipt: () => false, prune: async () => undefined },
      metrics: { held: counter(), refused: counter(), missed: byReason() },
    });
    subject.start();
    arrive(peer);
    assert.deepEqual(pulled.splice(0), [EPOCH, EPOCH - 1]);
    await time.advance(65_000);
    time.slot();
    assert.deepEqual(pulled.splice(0), [EPOCH], "one slot after the epoch's end");
    await time.advance(15_000);
    time.slot();
    assert.deepEqual(pulled.splice(0), []);
    subject.close();
  });
});
