import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { pino } from "pino";
import type { DidDocument, ExitRule } from "../../../core/didDocument.ts";
import type { NodeId } from "../../../core/ids.ts";
import { X0tError } from "../../../core/x0tError.ts";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { ATYP, type Target } from "../../../node/circuit/frames.ts";
import type { BuildRequest, Carrier } from "../../../node/client/carrier.ts";
import { createConnect } from "../../../node/client/connect.ts";
import { createRoutes, type Destination, type Routes } from "../../../node/client/routes.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import type { ClientSession } from "../../../node/session/clientSession.ts";

const soon = () => AbortSignal.timeout(5_000);
const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;
const accept = (network: string, from: number, to = from): ExitRule => ({ action: "accept", network, ports: [from, to] });
const exitNode = (n: number, ...exitPolicy: ExitRule[]) =>
  ({ nodeId: id(n), active: true, document: { roles: ["relay", "exit"], exitPolicy } as unknown as DidDocument }) as DirectoryNode;
const name = (host: string, port: number): Target => ({ atyp: ATYP.name, host, port });
const v4 = (host: string, port: number): Target => ({ atyp: ATYP.ipv4, host, port });
const to = (target: Target, ...not: number[]): Destination => ({ target, not: new Set(not.map(id)) });

const WEB = exitNode(1, accept("*", 80), accept("*", 443));
const HALF_WEB = exitNode(2, accept("*", 80));
const MAIL = exitNode(3, accept("*", 993), accept("*", 80, 443));
const NARROW = exitNode(4, accept("9.9.9.9", 853));

describe("routes by exit (NET-15)", () => {
  let routes: Routes | undefined;
  afterEach(() => routes?.close());

  /** Builds to the first node that may be the exit, the preferred ones first, as a choice of paths would. */
  function start(nodes: DirectoryNode[]) {
    const builds: BuildRequest[] = [];
    const closed: Carrier[] = [];
    routes = createRoutes({
      build(request) {
        builds.push(request);
        const allowed = nodes.filter((node) => (request.exit === undefined ? request.exits?.allows?.(node) !== false : node.nodeId === request.exit));
        const node = allowed.find((each) => request.exits?.prefers?.(each) === true) ?? allowed[0];
        if (node === undefined) return Promise.reject(new X0tError("X0T_NO_PATH", "no path"));
        return Promise.resolve({ path: [node], circuit: { close: () => undefined } as unknown as Circuit });
      },
      startSession: () =>
        ({
          ping: () => Promise.resolve(1),
          addCircuit: () => Promise.resolve(),
          paths: () => [],
          streams: () => 0,
          silent: () => false,
          goingAway: () => false,
          closed: new Promise(() => undefined),
          close: () => undefined,
        }) as unknown as ClientSession,
      onLost: () => undefined,
      onActive: () => undefined,
      onSwitch: () => undefined,
      nodes: () => nodes,
      log: pino({ level: "silent" }),
    });
    const exitFor = async (target: Target, key = "", ...not: number[]) => Number((await (routes as Routes).carrier(key, to(target, ...not), soon())).exit);
    return { routes, exitFor, builds, closed, firsts: () => builds.filter(({ exit }) => exit === undefined).length };
  }

  it("the usual exit is one for the web where there is one, for every key", async () => {
    const { routes } = start([NARROW, HALF_WEB, WEB]);
    assert.equal((await routes.carrier("", undefined, soon())).exit, WEB.nodeId);
    assert.equal((await routes.carrier("key", undefined, soon())).exit, WEB.nodeId);
  });

  it("a target that the usual exit refuses goes by an exit that accepts it, the others stay", async () => {
    const { exitFor, routes } = start([WEB, NARROW, MAIL]);
    assert.equal(await exitFor(name("example.org", 443)), 1);
    assert.equal(await exitFor(name("example.org", 993)), 3);
    assert.equal(await exitFor(v4("9.9.9.9", 853)), 4);
    assert.equal(await exitFor(v4("1.1.1.1", 80)), 1);
    assert.equal(routes.active()?.exit, WEB.nodeId);
  });

  it("targets that one exit accepts share its route; keys do not", async () => {
    const { routes } = start([WEB, exitNode(5, accept("*", 1_000, 65_535))]);
    const carriers = await Promise.all([6_667, 6_697].map((port) => routes.carrier("", to(name("a.test", 6_667)), soon()).then(() => routes.carrier("", to(name("b.test", port)), soon()))));
    assert.equal(carriers[0], carriers[1]);
    const other = await routes.carrier("key", to(name("a.test", 6_667)), soon());
    assert.notEqual(other, carriers[0]);
    // A key whose name continues another's.
    assert.notEqual(await routes.carrier("", to(name("a.test", 6_667)), soon()), other);
  });

  it("X0T_NO_EXIT says at once that nobody accepts it: SOCKS reply 2, no circuit built", async () => {
    const { exitFor, firsts } = start([WEB]);
    await exitFor(name("example.org", 80));
    const before = firsts();
    for (const target of [name("example.org", 6_667), name("example.org", 25), v4("10.0.0.1", 80)]) {
      await assert.rejects(exitFor(target), (error: unknown) => error instanceof X0tError && error.code === "X0T_NO_EXIT" && error.data.reply === 2);
    }
    assert.equal(firsts(), before);
  });

  it("exits that refused a destination are left out", async () => {
    const { exitFor } = start([WEB, MAIL]);
    assert.equal(await exitFor(name("inside.test", 443)), 1);
    assert.equal(await exitFor(name("inside.test", 443), "", 1), 3);
    await assert.rejects(exitFor(name("inside.test", 443), "", 1, 3), { code: "X0T_NO_EXIT" });
  });

  it("routes are bounded, idle ones give way", async () => {
    const ports = Array.from({ length: 40 }, (_, i) => 2_000 + i);
    const { exitFor, routes } = start([WEB, ...ports.map((port, i) => exitNode(100 + i, accept("*", port)))]);
    for (const [i, port] of ports.entries()) assert.equal(await exitFor(name("a.test", port)), 100 + i);
    assert.ok(routes.counts().active <= 35);
  });

  describe("connect", () => {
    const refused = (reply: number) => new X0tError("X0T_OPEN_REFUSED", "no", { data: { reply } });
    const lost = () => new X0tError("X0T_CIRCUIT_LOST", "lost", { retryable: true });
    function setUp(answers: Record<string, (() => Error)[] | undefined>, more: Partial<Routes> = {}) {
      const asked: { not: string[]; exit: string }[] = [];
      let retries = 0;
      const connect = createConnect({
        routes: {
          carrier(_key, destination) {
            const not = [...(destination?.not ?? [])].map((each) => String(Number(each)));
            const exit = ["1", "2"].find((each) => !not.includes(each)) ?? "";
            asked.push({ not, exit });
            const openStream = () => {
              const error = answers[exit]?.shift();
              return error === undefined ? Promise.resolve(new PassThrough()) : Promise.reject(error());
            };
            return Promise.resolve({ exit: id(Number(exit)), session: { openStream } } as unknown as Carrier);
          },
          ...more,
        },
        onRetry: () => retries++,
      });
      return { connect: () => connect(name("inside.test", 80), "", soon()), asked, retries: () => retries };
    }
    const replyOf = (reply: number) => (error: unknown) => error instanceof X0tError && error.data.reply === reply;

    it("a policy's refusal is followed by one try at another exit", async () => {
      const { connect, asked, retries } = setUp({ 1: [() => refused(2)] });
      assert.ok((await connect()) instanceof PassThrough);
      assert.deepEqual(asked.map(({ exit }) => exit), ["1", "2"]);
      assert.equal(retries(), 1);
    });

    it("two refusals are the answer", async () => {
      const { connect, asked } = setUp({ 1: [() => refused(2)], 2: [() => refused(2)] });
      await assert.rejects(connect(), replyOf(2));
      assert.equal(asked.length, 2);
    });

    it("without another exit the refusal is the answer, not the lack", async () => {
      let count = 0;
      const { connect } = setUp(
        {},
        {
          carrier: () => (count++ > 0 ? Promise.reject(new X0tError("X0T_NO_CIRCUIT", "no")) : Promise.resolve({ exit: id(1), session: { openStream: () => Promise.reject(refused(2)) } } as unknown as Carrier)),
        },
      );
      await assert.rejects(connect(), replyOf(2));
    });

    it("other refusals are final: the target answers alike at every exit", async () => {
      for (const reply of [1, 3, 4, 5, 6]) {
        const { connect, asked } = setUp({ 1: [() => refused(reply)] });
        await assert.rejects(connect(), replyOf(reply));
        assert.equal(asked.length, 1);
      }
    });

    it("a lost circuit is tried again where it is, four times in all", async () => {
      const { connect, asked } = setUp({ 1: [lost, lost, () => refused(2)], 2: [] });
      assert.ok((await connect()) instanceof PassThrough);
      assert.deepEqual(asked.map(({ exit }) => exit), ["1", "1", "1", "2"]);
      const dying = setUp({ 1: [lost, lost, lost, lost, lost] });
      await assert.rejects(dying.connect(), { code: "X0T_CIRCUIT_LOST" });
      assert.equal(dying.asked.length, 4);
    });
  });
});
