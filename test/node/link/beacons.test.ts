import assert from "node:assert/strict";
import type { NodeId } from "../../../core/ids.ts";
import { createBeacons, MAX_BEACON_PEERS, medianClockOffsetMs } from "../../../node/link/beacons.ts";
import { createDialer, FIRST_BACKOFF_MS, MAX_BACKOFF_MS, SECOND_DIALER_DELAY_MS } from "../../../node/link/dialer.ts";
import type { PeerSession } from "../../../node/link/peer.ts";

const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;

function session(n: number, sent: Uint8Array[] = []): PeerSession {
  return {
    nodeId: id(n),
    remoteAddress: "127.0.0.1",
    outbound: true,
    lastHeardMs: performance.now(),
    rttMs: undefined,
    load: undefined,
    draining: false,
    clockOffsetMs: undefined,
    send: (_protocol, _type, payload) => sent.push(payload) > 0,
    reply: () => true,
    request: () => Promise.reject(new Error("not here")),
    queuedBytes: () => 0,
    close: () => undefined,
  };
}

const beacons = (sessions: PeerSession[], options: { load?: number; draining?: boolean; aheadMs?: number; keepAll?: boolean } = {}) =>
  createBeacons({
    keepAll: options.keepAll === true,
    self: id(0),
    sessions: () => sessions,
    state: () => ({ load: options.load ?? 0, draining: options.draining ?? false }),
    nowMs: () => Date.now() + (options.aheadMs ?? 0),
    onRtt: () => undefined,
  });

describe("beacons", () => {
  it("NET-17 two ends learn round trip, load, draining and clock offset from each other", () => {
    const toB: Uint8Array[] = [];
    const toA: Uint8Array[] = [];
    const [b, a] = [session(2, toB), session(1, toA)];
    const [atA, atB] = [beacons([b]), beacons([a], { load: 7, draining: true, aheadMs: 3_000 })];
    for (let round = 0; round < 3; round++) {
      atA.tick();
      atB.receive(a, { type: 1, id: 0, payload: toB.at(-1)! });
      atB.tick();
      atA.receive(b, { type: 1, id: 0, payload: toA.at(-1)! });
    }
    assert.ok(b.rttMs !== undefined && b.rttMs >= 0 && b.rttMs < 100, `rtt ${b.rttMs}`);
    assert.deepEqual([b.load, b.draining], [7, true]);
    assert.ok(Math.abs((b.clockOffsetMs as number) - 3_000) < 100, `offset ${b.clockOffsetMs}`);
    assert.throws(() => atA.receive(b, { type: 1, id: 0, payload: new Uint8Array(21) }), { code: "X0T_BAD_MESSAGE" });
  });

  it("NET-17 at most 16 peers are beaconed, and whoever beacons us", () => {
    const counts = Array.from({ length: 40 }, () => [] as Uint8Array[]);
    const sessions = counts.map((sent, i) => session(i + 1, sent));
    const ours = beacons(sessions);
    ours.tick();
    const silent = counts.findIndex((sent) => sent.length === 0);
    assert.equal(counts.filter((sent) => sent.length > 0).length, MAX_BEACON_PEERS);
    const theirs: Uint8Array[] = [];
    beacons([session(0, theirs)]).tick();
    ours.receive(sessions[silent]!, { type: 1, id: 0, payload: theirs[0]! });
    ours.tick();
    assert.equal(counts[silent]!.length, 1);
  });

  it("NET-20 behind NAT every peer is beaconed each 4 s, far more of them than 16", () => {
    const counts = Array.from({ length: 40 }, () => [] as Uint8Array[]);
    const ours = beacons(counts.map((sent, i) => session(i + 1, sent)), { keepAll: true });
    ours.tick();
    assert.ok(counts.every((sent) => sent.length === 1));
    for (let tick = 0; tick < 16; tick++) ours.tick();
    assert.equal(counts.filter((sent) => sent.length === 17).length, MAX_BEACON_PEERS);
    assert.equal(counts.filter((sent) => sent.length === 3).length, 40 - MAX_BEACON_PEERS);
  });

  it("NET-17 a peer silent for 5 s is lost; one that speaks is not", () => {
    const closed: string[] = [];
    const [silent, alive] = [session(1), session(2)];
    silent.close = (reason) => void closed.push(reason);
    alive.close = () => assert.fail("it was heard");
    silent.lastHeardMs -= 5_001;
    alive.lastHeardMs -= 4_000;
    beacons([silent, alive]).tick();
    assert.equal(closed.length, 1);
  });

  it("NET-21 the clock offset is the peers' median, of three at least", () => {
    const at = (...offsets: (number | undefined)[]) => medianClockOffsetMs(offsets.map((clockOffsetMs) => ({ clockOffsetMs })));
    assert.equal(at(5, 5, undefined), undefined);
    assert.equal(at(1, 900_000, -3), 1, "one liar does not move it");
  });
});

describe("dialer", () => {
  const setUp = (self: NodeId, reachable = true) => {
    const state = { nowMs: 0, connected: false, fail: true, dials: [] as number[] };
    const dialer = createDialer({
      self,
      reachable,
      targets: () => [{ nodeId: id(5), host: "127.0.0.1", port: 1 }],
      connected: () => state.connected,
      async dial() {
        state.dials.push(state.nowMs);
        if (state.fail) throw new Error("refused");
        state.connected = true;
      },
      nowMs: () => state.nowMs,
      random: () => 0.5,
    });
    const run = async (untilMs: number) => {
      for (; state.nowMs <= untilMs; state.nowMs += 50) {
        dialer.tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { state, dialer, run };
  };

  it("NET-17 backoff starts at 500 ms and doubles to 15 s", async () => {
    const { state, run } = setUp(id(1));
    await run(80_000);
    const gaps = state.dials.slice(1).map((at, i) => at - state.dials[i]!);
    assert.deepEqual(gaps, [FIRST_BACKOFF_MS, 1_000, 2_000, 4_000, 8_000, MAX_BACKOFF_MS, MAX_BACKOFF_MS, MAX_BACKOFF_MS, MAX_BACKOFF_MS]);
  });

  it("NET-17 the lower NodeId dials at once, the higher waits; a lost peer is dialled at once again", async () => {
    const [lower, higher] = [setUp(id(1)), setUp(id(9))];
    for (const each of [lower, higher]) {
      each.state.fail = false;
      await each.run(2_000);
    }
    assert.deepEqual([lower.state.dials, higher.state.dials], [[0], [SECOND_DIALER_DELAY_MS]]);
    lower.state.connected = false;
    lower.dialer.onLost(id(5));
    await lower.run(2_200);
    assert.equal(lower.state.dials.length, 2);
  });

  it("NET-20 behind NAT it dials at once, also the lower NodeId: nobody else will", async () => {
    const hidden = setUp(id(9), false);
    hidden.state.fail = false;
    await hidden.run(1_000);
    assert.deepEqual(hidden.state.dials, [0]);
  });

  it("NET-17 one peer that is back after failed dials makes the others' wait short: a partition healed", async () => {
    const state = { nowMs: 0, cut: true, connected: new Set<NodeId>(), dials: [] as { nodeId: NodeId; atMs: number }[] };
    const dialer = createDialer({
      self: id(1),
      targets: () => [id(5), id(6)].map((nodeId) => ({ nodeId, host: "127.0.0.1", port: 1 })),
      connected: (nodeId) => state.connected.has(nodeId),
      async dial({ nodeId }) {
        state.dials.push({ nodeId, atMs: state.nowMs });
        if (state.cut) throw new Error("refused");
        state.connected.add(nodeId);
      },
      nowMs: () => state.nowMs,
      random: () => 0.5,
    });
    const run = async (untilMs: number) => {
      for (; state.nowMs <= untilMs; state.nowMs += 50) {
        dialer.tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await run(32_000);
    const last = Math.max(...state.dials.map(({ atMs }) => atMs));
    state.cut = false;
    // The first one dials us itself, just after our last try.
    assert.ok(state.nowMs - last < MAX_BACKOFF_MS - 2_000, "far from the next try");
    state.connected.add(id(5));
    dialer.onFound(id(5));
    const foundMs = state.nowMs;
    await run(foundMs + FIRST_BACKOFF_MS);
    assert.ok(state.connected.has(id(6)), "dialled within the first backoff");
    const before = state.dials.length;
    dialer.onFound(id(5));
    assert.equal(state.dials.length, before);
  });
});
