import assert from "node:assert/strict";
import { pino } from "pino";
import type { NodeId } from "../../../core/ids.ts";
import { createAvoidList } from "../../../node/client/avoidList.ts";
import { X0tError } from "../../../core/x0tError.ts";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import type { BuildRequest, BuiltCircuit } from "../../../node/client/carrier.ts";
import { createRoute, type Route, type RouteDeps } from "../../../node/client/route.ts";
import type { ClientSession, ClientSessionOptions } from "../../../node/session/clientSession.ts";
import { eventually } from "../payment/harness.ts";

const log = pino({ level: "silent" });
const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;

/** Circuits whose sessions do as they are told. */
function fakeNetwork() {
  interface Fake {
    circuit: BuiltCircuit;
    nodes: number[];
    close(): void;
  }
  const sessions: { first: Fake; circuits: Fake[]; left: Fake[]; state: { streams: number; goingAway: boolean; silent: boolean; closed: boolean }; onSwitch(): void; end(): void }[] = [];
  const ends = new Map<Circuit, () => void>();
  const fakes = new Map<Circuit, Fake>();
  return {
    sessions,
    circuit(nodes: number[]): Fake {
      const circuit = { wireBytes: () => 100, close: () => ends.get(circuit)?.() } as unknown as Circuit;
      const fake: Fake = { circuit: { path: nodes.map((n) => ({ nodeId: id(n) }) as BuiltCircuit["path"][number]), circuit }, nodes, close: () => circuit.close() };
      fakes.set(circuit, fake);
      return fake;
    },
    startSession(first: Circuit, options: ClientSessionOptions): ClientSession {
      const closed = Promise.withResolvers<undefined>();
      const state = { streams: 0, goingAway: false, silent: false, closed: false };
      const session: (typeof sessions)[number] = {
        first: fakes.get(first) as Fake,
        circuits: [],
        left: [],
        state,
        onSwitch: () => options.onSwitch?.(undefined, first),
        end() {
          state.closed = true;
          closed.resolve(undefined);
        },
      };
      const add = (circuit: Circuit) => {
        const fake = fakes.get(circuit) as Fake;
        session.circuits.push(fake);
        ends.set(circuit, () => {
          session.circuits = session.circuits.filter((each) => each !== fake);
          options.onPathLost?.(circuit, session.circuits.length);
        });
      };
      add(first);
      sessions.push(session);
      return {
        addCircuit: (circuit: Circuit) => Promise.resolve(add(circuit)),
        leave: (circuit: Circuit) => void session.left.push(fakes.get(circuit) as Fake),
        ping: () => Promise.resolve(1),
        paths: () => session.circuits.map(({ circuit: { circuit } }, place) => ({ circuit, role: place === 0 ? "lead" : "share", srttMs: 5, suspect: false })),
        streams: () => state.streams,
        silent: () => state.silent,
        giveUpOpenings: () => undefined,
        goingAway: () => state.goingAway,
        closed: closed.promise.then(() => undefined),
        close: session.end,
      } as unknown as ClientSession;
    },
  };
}

describe("routes", () => {
  let route: Route | undefined;
  afterEach(() => route?.close());

  type Network = ReturnType<typeof fakeNetwork>;
  function start(build: (count: number, request: BuildRequest, network: Network) => Promise<ReturnType<Network["circuit"]>>, over: Partial<RouteDeps> = {}) {
    const network = fakeNetwork();
    const lost: number[] = [];
    let count = 0;
    route = createRoute({
      build: async (request) => (await build(++count, request, network)).circuit,
      startSession: network.startSession,
      onLost: (_circuit, left) => lost.push(left),
      onActive: () => undefined,
      onSwitch: () => undefined,
      circuits: 1,
      withSpare: true,
      duplicate: false,
      exits: {},
      log,
      ...over,
    });
    return { route, lost, sessions: network.sessions, count: () => count };
  }
  const soon = () => AbortSignal.timeout(5_000);
  const numbered = (n: number, _request: BuildRequest, network: Network) => Promise.resolve(network.circuit([10 * n, 10 * n + 1, 10 * n + 2]));
  /** Further circuits end where their session does. */
  const joining = (n: number, { exit }: BuildRequest, network: Network) =>
    Promise.resolve(network.circuit([10 * n, 10 * n + 1, exit === undefined ? 10 * n + 2 : Number(exit)]));

  it("NET-13 a lost session is replaced by the spare in the same turn", async () => {
    const { route, sessions } = start(numbered);
    await eventually(() => route.counts().active === 1 && route.counts().spare === 1, "active and spare");
    const before = await route.carrier(soon());
    sessions[0]!.end();
    await eventually(() => route.active() !== undefined && route.active() !== before, "the spare");
    await eventually(() => sessions.length === 3 && route.counts().spare === 1, "a new spare");
  });

  it("NET-9 the active session gets three circuits to its exit, away from those it has; the spare stays at one", async () => {
    const busySeen: number[] = [];
    const { route, sessions } = start(
      (n, request, network) => {
        if (request.exit !== undefined) busySeen.push(request.busy.size);
        return joining(n, request, network);
      },
      { circuits: 3 },
    );
    await eventually(() => route.counts().active === 3 && route.counts().spare === 1, "all circuits");
    assert.deepEqual(busySeen, [2, 4]);
    assert.deepEqual(sessions[0]!.circuits.map(({ nodes }) => nodes[2]), [12, 12, 12]);
  });

  it("NET-9 a lost circuit is replaced, its session goes on", async () => {
    const { route, sessions, lost } = start(joining, { circuits: 3 });
    await eventually(() => route.counts().active === 3, "three circuits");
    const session = await route.carrier(soon());
    sessions[0]!.circuits[0]!.close();
    assert.deepEqual(lost, [2]);
    await eventually(() => route.counts().active === 3, "replaced");
    assert.equal(await route.carrier(soon()), session);
  });

  it("a session reports its paths and bytes, those of lost circuits included, and counts what was lost and switched", async () => {
    const switches: number[] = [];
    const { route, sessions } = start(joining, { circuits: 3, onSwitch: () => switches.push(1) });
    await eventually(() => route.counts().active === 3, "three circuits");
    const carrier = await route.carrier(soon());
    sessions[0]!.circuits[0]!.close();
    sessions[0]!.onSwitch();
    await eventually(() => route.counts().active === 3, "replaced");
    const { bytes, lostCircuits, switchOvers, paths } = carrier.report();
    assert.deepEqual({ bytes, lostCircuits, switchOvers, switches }, { bytes: 400, lostCircuits: 1, switchOvers: 1, switches: [1] });
    assert.deepEqual(paths.map(({ role, path, bytes: own }) => [role, path.length, own]), [["lead", 3, 100], ["share", 3, 100], ["share", 3, 100]]);
  });

  const missed = (exit: NodeId, by: number) => Promise.reject(new X0tError("X0T_CIRCUIT_FAILED", "gone", { data: { nodeId: exit, via: id(by) } }));

  it("NET-13 without a circuit two more are tried; an exit that neither reaches is gone, and its session ends", async () => {
    const { route, sessions } = start((n, request, network) => (request.exit === undefined ? joining(n, request, network) : missed(request.exit, n)));
    await eventually(() => route.counts().spare === 1, "spare");
    sessions[0]!.state.streams = 1;
    sessions[0]!.circuits[0]!.close();
    await eventually(() => sessions[0]!.state.closed, "given up");
    assert.notEqual(route.active(), undefined);
  });

  it("NET-9 one relay that does not reach the exit ends no session: another one may", async () => {
    let denied = 0;
    const { route, sessions } = start((n, request, network) => (request.exit !== undefined && ++denied <= 4 ? missed(request.exit, 7) : joining(n, request, network)));
    await eventually(() => route.counts().spare === 1, "spare");
    sessions[0]!.state.streams = 1;
    sessions[0]!.circuits[0]!.close();
    await eventually(() => sessions[0]!.circuits.length > 0 || sessions[0]!.state.closed, "joined again");
    assert.equal(sessions[0]!.state.closed, false);
  });

  it("NET-9 of two circuits that were built at once and go the same way one stays, and the next is built away from it", async () => {
    let further = 0;
    const { sessions } = start(
      (n, request, network) => {
        if (request.exit === undefined) return joining(n, request, network);
        const [entry, middle] = ++further <= 3 ? [91, 92] : [93, 94];
        return Promise.resolve(network.circuit([entry, middle, Number(request.exit)]));
      },
      { circuits: 2, withSpare: false },
    );
    await eventually(() => sessions[0]?.circuits.length === 2, "two circuits");
    for (const circuit of [...sessions[0]!.circuits]) circuit.close();
    await eventually(() => sessions[0]!.circuits.length === 2, "two circuits again");
    assert.deepEqual(sessions[0]!.circuits.map(({ nodes }) => nodes[1]), [92, 94]);
  });

  it("NET-9 a build is urgent where no circuit is left, or the last one failed", async () => {
    const urgent: (boolean | undefined)[] = [];
    const { sessions } = start(
      (n, request, network) => {
        if (request.exit !== undefined) urgent.push(request.urgent);
        return urgent.length === 1 ? Promise.reject(new X0tError("X0T_CIRCUIT_FAILED", "dead")) : joining(n, request, network);
      },
      { circuits: 2, withSpare: false },
    );
    await eventually(() => sessions[0]?.circuits.length === 2, "a further circuit");
    assert.deepEqual(urgent, [false, true]);
    for (const circuit of [...sessions[0]!.circuits]) circuit.close();
    await eventually(() => sessions[0]!.circuits.length > 0, "joined again");
    assert.deepEqual(urgent.slice(2, 4), [true, true]);
  });

  it("NET-9 without a circuit a session with streams is built for again, while new streams go to the spare", async () => {
    const { route, sessions } = start(joining);
    await eventually(() => route.counts().spare === 1, "spare");
    const before = await route.carrier(soon());
    sessions[0]!.state.streams = 1;
    sessions[0]!.circuits[0]!.close();
    assert.notEqual(await route.carrier(soon()), before);
    await eventually(() => sessions[0]!.circuits.length > 0, "joined again");
    assert.equal(sessions[0]!.state.closed, false);
  });

  it("NET-12 a session whose paths are all silent takes no new streams while there is another", async () => {
    const { route, sessions } = start(numbered);
    await eventually(() => route.counts().spare === 1, "spare");
    const before = await route.carrier(soon());
    sessions[0]!.state.streams = 1;
    sessions[0]!.state.silent = true;
    assert.notEqual(await route.carrier(soon()), before);
    assert.equal(sessions[0]!.state.closed, false);
  });

  it("the spare is built away from what is in use", async () => {
    const busySeen: number[] = [];
    const { route } = start((n, request, network) => {
      busySeen.push(request.busy.size);
      return numbered(n, request, network);
    });
    await eventually(() => route.counts().spare === 1, "spare");
    assert.deepEqual(busySeen, [0, 3]);
  });

  it("those who wait get the first circuit, however many builds fail before", async () => {
    const { route, count } = start((n, request, network) => (n < 4 ? Promise.reject(new Error("no")) : numbered(n, request, network)), { withSpare: false });
    const sessions = await Promise.all([route.carrier(soon()), route.carrier(soon())]);
    assert.equal(sessions[0], sessions[1]);
    assert.ok(count() >= 4);
  });

  it("waiting ends with X0T_NO_CIRCUIT and the reason", async () => {
    const { route } = start(() => Promise.reject(new Error("no guard is ready")));
    await assert.rejects(route.carrier(AbortSignal.timeout(300)), { code: "X0T_NO_CIRCUIT", message: /no guard is ready/ });
  });

  it("a build that hangs gets a rival", async () => {
    const { route, count } = start((n, request, network) => (n === 1 ? new Promise(() => undefined) : numbered(n, request, network)), { withSpare: false });
    await route.carrier(soon());
    assert.equal(count(), 2);
  });

  it("NET-23 a session that goes away takes no new streams and closes with its last one", async () => {
    const { route, sessions } = start(numbered);
    await eventually(() => route.counts().spare === 1, "spare");
    const before = await route.carrier(soon());
    sessions[0]!.state.streams = 1;
    sessions[0]!.state.goingAway = true;
    assert.notEqual(await route.carrier(soon()), before);
    assert.equal(sessions[0]!.state.closed, false);
    assert.equal(route.counts().retiring, 1);
    sessions[0]!.state.streams = 0;
    await eventually(() => sessions[0]!.state.closed, "closed");
  });

  it("NET-11 a full session makes room for another one", async () => {
    const { route, sessions } = start(numbered);
    await eventually(() => route.counts().spare === 1, "spare");
    const before = await route.carrier(soon());
    sessions[0]!.state.streams = 250;
    assert.notEqual(await route.carrier(soon()), before);
  });

  it("a guard that stops answering ends the circuits that enter by it; one that cannot be paid is left once another stands", async () => {
    const { route, sessions } = start(joining, { circuits: 2, withSpare: false });
    await eventually(() => route.counts().active === 2, "two circuits");
    const [first, second] = sessions[0]!.circuits;
    route.guardUnusable(id(first!.nodes[0]!));
    assert.deepEqual(sessions[0]!.left, [first]);
    await eventually(() => sessions[0]!.circuits.length === 3, "its successor");
    await eventually(() => !sessions[0]!.circuits.includes(first!), "closed");
    route.guardLost(id(second!.nodes[0]!));
    assert.equal(sessions[0]!.circuits.includes(second!), false);
  });

  it("NET-23 a draining relay is left at any hop; a draining exit takes no new streams", async () => {
    const { route, sessions } = start(joining, { circuits: 2 });
    await eventually(() => route.counts().active === 2 && route.counts().spare === 1, "all circuits");
    const [first] = sessions[0]!.circuits;
    route.nodeLeaving(id(first!.nodes[1]!));
    assert.deepEqual(sessions[0]!.left, [first]);
    const before = route.active();
    route.nodeLeaving(id(first!.nodes[2]!));
    assert.notEqual(route.active(), before);
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
    nowMs = 5_000;
    for (let session = 0; session < 5; session++) avoid.failed(id(1));
    nowMs = 10_000;
    assert.deepEqual([...avoid.all()], [id(2)], "many who try it at once see one failure");
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
