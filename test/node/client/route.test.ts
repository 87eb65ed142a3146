import assert from "node:assert/strict";
import { pino } from "pino";
import type { NodeId } from "../../../core/ids.ts";
import { createAvoidList } from "../../../node/client/avoidList.ts";
import { createRoute, type BuiltCircuit, type Route } from "../../../node/client/route.ts";
import type { ClientSession } from "../../../node/session/clientSession.ts";
import { eventually } from "../payment/harness.ts";

const log = pino({ level: "silent" });
const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;

/** A circuit whose session does as it is told. */
function fakeCircuit(nodes: number[]) {
  const closed = Promise.withResolvers<undefined>();
  const state = { streams: 0, goingAway: false, closed: false };
  const end = () => {
    state.closed = true;
    closed.resolve(undefined);
  };
  const session = {
    streams: () => state.streams,
    goingAway: () => state.goingAway,
    closed: closed.promise.then(() => undefined),
    close: end,
  } as unknown as ClientSession;
  const circuit: BuiltCircuit = { path: nodes.map((n) => ({ nodeId: id(n) }) as BuiltCircuit["path"][number]), session, destroy: end };
  return { circuit, state, end };
}

describe("routes", () => {
  let route: Route | undefined;
  afterEach(() => route?.close());

  function start(build: (count: number, busy: ReadonlySet<NodeId>) => Promise<ReturnType<typeof fakeCircuit>>, withSpare = true) {
    const built: ReturnType<typeof fakeCircuit>[] = [];
    const lost: BuiltCircuit[] = [];
    let count = 0;
    route = createRoute({
      async build(busy) {
        const made = await build(++count, busy);
        built.push(made);
        return made.circuit;
      },
      onLost: (circuit) => lost.push(circuit),
      onActive: () => undefined,
      withSpare,
      log,
    });
    return { route, built, lost, count: () => count };
  }
  const soon = () => AbortSignal.timeout(5_000);

  it("NET-13 a lost circuit is replaced by the spare in the same turn", async () => {
    const { route, built, lost } = start((n) => Promise.resolve(fakeCircuit([n])));
    await eventually(() => route.counts().active === 1 && route.counts().spare === 1, "active and spare");
    built[0]!.end();
    await eventually(() => lost.length === 1, "noticed");
    assert.equal(await route.session(soon()), built[1]!.circuit.session);
    await eventually(() => built.length === 3 && route.counts().spare === 1, "a new spare");
  });

  it("the spare is built away from what is in use", async () => {
    const busySeen: number[] = [];
    const { route } = start((n, busy) => {
      busySeen.push(busy.size);
      return Promise.resolve(fakeCircuit([3 * n, 3 * n + 1, 3 * n + 2]));
    });
    await eventually(() => route.counts().spare === 1, "spare");
    assert.deepEqual(busySeen, [0, 3]);
  });

  it("those who wait get the first circuit, however many builds fail before", async () => {
    const { route, count } = start((n) => (n < 4 ? Promise.reject(new Error("no")) : Promise.resolve(fakeCircuit([n]))), false);
    const sessions = await Promise.all([route.session(soon()), route.session(soon())]);
    assert.equal(sessions[0], sessions[1]);
    assert.ok(count() >= 4);
  });

  it("waiting ends with X0T_NO_CIRCUIT and the reason", async () => {
    const { route } = start(() => Promise.reject(new Error("no guard is ready")));
    await assert.rejects(route.session(AbortSignal.timeout(300)), { code: "X0T_NO_CIRCUIT", message: /no guard is ready/ });
  });

  it("a build that hangs gets a rival", async () => {
    const { route, count } = start((n) => (n === 1 ? new Promise(() => undefined) : Promise.resolve(fakeCircuit([n]))), false);
    await route.session(soon());
    assert.equal(count(), 2);
  });

  it("NET-23 a circuit that goes away takes no new streams and closes with its last one", async () => {
    const { route, built, lost } = start((n) => Promise.resolve(fakeCircuit([n])));
    await eventually(() => route.counts().spare === 1, "spare");
    built[0]!.state.streams = 1;
    built[0]!.state.goingAway = true;
    assert.equal(await route.session(soon()), built[1]!.circuit.session);
    assert.equal(built[0]!.state.closed, false);
    assert.equal(route.counts().retiring, 1);
    built[0]!.state.streams = 0;
    await eventually(() => built[0]!.state.closed, "closed");
    assert.equal(lost.length, 0, "not a loss");
  });

  it("NET-11 a full session makes room for another one", async () => {
    const { route, built } = start((n) => Promise.resolve(fakeCircuit([n])));
    await eventually(() => route.counts().spare === 1, "spare");
    built[0]!.state.streams = 250;
    assert.equal(await route.session(soon()), built[1]!.circuit.session);
  });

  it("a guard that stops answering ends the circuits that enter by it, not those that merely pass", async () => {
    const { route, built } = start((n) => Promise.resolve(fakeCircuit(n === 1 ? [1, 2] : [2, 1])));
    await eventually(() => route.counts().spare === 1, "spare");
    route.guardUnusable(id(2));
    assert.equal(route.active(), built[0]!.circuit, "the middle need not be paid by us");
    await eventually(() => built[1]!.state.closed, "the spare enters by it");
    route.guardLost(id(1));
    assert.equal(built[0]!.state.closed, true);
  });

  it("NET-23 a draining relay is left at any hop", async () => {
    const { route, built } = start((n) => Promise.resolve(fakeCircuit([10 + n, 20 + n])));
    await eventually(() => route.counts().spare === 1, "spare");
    route.nodeLeaving(id(21));
    assert.equal(route.active(), built[1]!.circuit);
  });
});

describe("avoided nodes", () => {
  it("a failed node is left out for 10 s, then twice as long each time, until it works", () => {
    let nowMs = 0;
    const avoid = createAvoidList(() => nowMs);
    avoid.failed(id(1));
    avoid.suspect([id(2)]);
    assert.deepEqual([...avoid.all()], [id(1), id(2)]);
    assert.deepEqual([...avoid.failedOnly()], [id(1)]);
    nowMs = 10_000;
    assert.deepEqual([...avoid.all()], [id(2)]);
    avoid.failed(id(1));
    nowMs = 29_999;
    assert.deepEqual([...avoid.all()], [id(1)]);
    nowMs = 30_000;
    assert.deepEqual([...avoid.all()], []);
    avoid.failed(id(1));
    avoid.works([id(1)]);
    assert.deepEqual([...avoid.all()], []);
  });
});
