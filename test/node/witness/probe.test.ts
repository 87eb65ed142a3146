import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { Histogram, Registry } from "prom-client";
import type { NodeId } from "../../../core/ids.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import type { RelayServerDeps } from "../../../node/circuit/relayDeps.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import { createEchoOnly } from "../../../node/session/createExit.ts";
import { createExitMetrics } from "../../../node/session/exitMetrics.ts";
import { createExitSessions } from "../../../node/session/exitSessions.ts";
import { MISS_BAD_ANSWER, MISS_NO_ANSWER, MISS_NO_PATH, MISS_UNREACHABLE } from "../../../node/witness/encoding.ts";
import { createProber, type ProberDeps } from "../../../node/witness/probe.ts";
import { freePayee, startRelays, type FreePayee, type TestRelay } from "../../support/relays.ts";

const live = new AbortController().signal;
const PROBE_MS = 3_000;

/** Relays in this process, the first one the witness; all fund all. */
async function startNetwork(count: number, over: Partial<ProberDeps> = {}, change?: (deps: RelayServerDeps, index: number) => Partial<RelayServerDeps>) {
  const { relays, close } = await startRelays(count, change === undefined ? {} : { change });
  const nodes = relays.map(({ hop: { nodeId, endpoint } }, index) => ({
    index,
    nodeId,
    operator: `0x${index}`,
    active: true,
    document: { endpoint },
    descriptor: { funded: relays.map(({ hop }) => hop.nodeId).filter((id) => id !== nodeId) },
  })) as unknown as DirectoryNode[];
  const self = relays[0] as TestRelay;
  const byId = (nodeId: NodeId) => relays.find(({ hop }) => hop.nodeId === nodeId) as TestRelay;
  const payers = new Map<NodeId, FreePayee>();
  const payerFor = (nodeId: NodeId) => {
    const payer = payers.get(nodeId) ?? freePayee();
    payers.set(nodeId, payer);
    return payer;
  };
  const prober = createProber({
    self: self.hop.nodeId,
    directory: { nodes: () => nodes },
    isLinked: () => true,
    payerFor,
    takeTicket: async (nodeId, depth) => byId(nodeId).issuer.issue(self.hop.nodeId, self.host, depth, 1).tickets[0] as Uint8Array,
    openSession: (circuit, calm) => createClientSession(circuit, { calm }),
    dialFrom: self.host,
    slotMs: 30_000,
    nowMs: Date.now,
    sleepUntil: (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms - Date.now()))),
    random: Math.random,
    metrics: { seconds: new Histogram({ name: "x", help: "x", labelNames: ["outcome"] as const, registers: [new Registry()] }) },
    ...over,
  });
  return {
    relays,
    nodes,
    payers,
    payerFor,
    circuits: (index: number) => relays[index]!.server.stats().circuits,
    probe: (index: number, ms = PROBE_MS, committee: number[] = [0]) => prober.probe(nodes[index] as DirectoryNode, committee, Date.now() + ms, live),
    prober,
    async close() {
      prober.close();
      await close();
    },
  };
}

describe("NET-21 probes", function () {
  this.timeout(20_000);
  let network: Awaited<ReturnType<typeof startNetwork>> | undefined;
  afterEach(async () => {
    await network?.close();
    network = undefined;
  });

  it("a node that relays is seen by a ticket's circuit that is paid hop by hop, and lingers", async () => {
    network = await startNetwork(4);
    assert.equal(await network.probe(1), undefined);
    const [w, t, a, b] = network.relays as [TestRelay, TestRelay, TestRelay, TestRelay];
    const x = network.payerFor(a.hop.nodeId).tunnels.length === 1 ? a : b;
    const y = x === a ? b : a;
    assert.deepEqual(network.payers.get(x.hop.nodeId)?.tunnels.map(({ depth }) => depth), [2], "the witness pays for the whole circuit");
    assert.deepEqual(x.payees.get(w.hop.nodeId)?.tunnels.map(({ depth }) => depth), [2]);
    assert.deepEqual(t.payees.get(x.hop.nodeId)?.tunnels.map(({ depth }) => depth), [1], "the target sees a peer's tunnel, as of a client's circuit");
    assert.equal(t.payees.has(w.hop.nodeId), false);
    assert.deepEqual(y.payees.get(t.hop.nodeId)?.tunnels.map(({ depth }) => depth), [0]);
    assert.equal(network.circuits(1), 1, "it lingers");
    const bytes = network.payers.get(x.hop.nodeId)!.tunnels[0]!.bytes();
    assert.ok(bytes > 15_000 && bytes < 90_000, `${bytes} bytes`);
    assert.equal(await network.probe(1), undefined);
    assert.equal(network.circuits(1), 2, "each slot has its own circuit");
    network.prober.close();
    assert.equal(await network.probe(1), "unable");
  });

  it("on slots below 5 s a lingering circuit serves again, until it is lost", async () => {
    network = await startNetwork(5, { slotMs: 1_000 });
    for (let slot = 0; slot < 5; slot++) assert.equal(await network.probe(1), undefined);
    assert.equal(network.circuits(1), 1);
    assert.equal([...network.payers.values()].flatMap(({ tunnels }) => tunnels).length, 1);
    const { payerFor } = network;
    const x = network.relays.find(({ hop }) => payerFor(hop.nodeId).tunnels.length === 1);
    await x!.server.close();
    assert.equal(await network.probe(1), undefined, "it goes another way");
  });

  it("every role answers the echo", async () => {
    network = await startNetwork(4, {}, () => ({ exit: createEchoOnly(new Registry()) }));
    for (const target of [1, 2, 3]) assert.equal(await network.probe(target), undefined);
  });

  it("a network of three goes W, T, Y", async () => {
    network = await startNetwork(3);
    assert.equal(await network.probe(2), undefined);
    assert.deepEqual(network.relays[2]!.payees.get(network.relays[0]!.hop.nodeId)?.tunnels.map(({ depth }) => depth), [1]);
    assert.deepEqual(network.relays[1]!.payees.get(network.relays[2]!.hop.nodeId)?.tunnels.map(({ depth }) => depth), [0]);
  });

  it("the faults of X and Y do not hit the target", async () => {
    network = await startNetwork(6, { slotMs: 1_000 });
    // Two dead ones, which everybody still says to fund.
    for (const dead of [2, 3]) await network.relays[dead]!.server.close();
    for (let round = 0; round < 6; round++) assert.equal(await network.probe(1), undefined);
  });

  it("a node that is there but does not relay gets no receipt", async () => {
    const refusing = (deps: RelayServerDeps, index: number): Partial<RelayServerDeps> =>
      index === 1 ? { nextHop: { ...deps.nextHop, takeTicket: () => Promise.reject(new Error("I do not relay")) } } : {};
    network = await startNetwork(5, {}, refusing);
    assert.equal(await network.probe(1), MISS_NO_ANSWER);
    assert.equal(network.circuits(1), 0);
    assert.equal(await network.probe(2), undefined, "who stands beside it is seen");
  });

  it("a dead node, one that nobody funds, and a false echo have names; who can pay nobody accuses nobody", async () => {
    const lying = (deps: RelayServerDeps, index: number): Partial<RelayServerDeps> => ({
      exit: index === 0 ? deps.exit : lyingExit(),
    });
    network = await startNetwork(4, {}, lying);
    assert.equal(await network.probe(1), MISS_BAD_ANSWER);
    await network.relays[1]!.server.close();
    assert.equal(await network.probe(1), MISS_UNREACHABLE);
    for (const { descriptor } of network.nodes.slice(2)) descriptor!.funded = [];
    assert.equal(await network.probe(1, 300), MISS_NO_PATH);
    for (const { hop } of network.relays) network.payerFor(hop.nodeId).isReady = false;
    assert.equal(await network.probe(1, 300), "unable");
  });

  it("what the network learns of a node while it is probed counts", async () => {
    network = await startNetwork(4, { slotMs: 1_000 });
    const known = network.nodes[1] as DirectoryNode;
    const funded = known.descriptor!.funded;
    network.nodes[1] = { ...known, descriptor: { ...known.descriptor!, funded: [] } };
    const probing = network.probe(1);
    network.nodes[1] = { ...known, descriptor: { ...known.descriptor!, funded } };
    assert.equal(await probing, undefined);
  });

  it("a silent node costs a probe its time and not more", async () => {
    const hanging = (deps: RelayServerDeps, index: number): Partial<RelayServerDeps> =>
      index === 1 ? { nextHop: { ...deps.nextHop, takeTicket: () => new Promise(() => undefined) } } : {};
    network = await startNetwork(5, {}, hanging);
    const begun = performance.now();
    assert.equal(await network.probe(1), MISS_NO_ANSWER);
    const tookMs = performance.now() - begun;
    assert.ok(tookMs > PROBE_MS / 2 && tookMs < 2 * PROBE_MS, `${tookMs} ms`);
  });
});

/** Serves sessions whose every echo is wrong. */
function lyingExit(): RelayServerDeps["exit"] {
  const registry = new Registry();
  return createExitSessions({ connect: async () => lyingEcho(), metrics: createExitMetrics(registry) });
}

function lyingEcho(): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
    final(done) {
      this.push(Buffer.alloc(64));
      this.push(null);
      done();
    },
  });
}
