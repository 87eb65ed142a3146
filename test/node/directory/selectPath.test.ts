import assert from "node:assert/strict";
import { isReachable } from "../../../core/didDocument.ts";
import type { Hex, NodeId } from "../../../core/ids.ts";
import { X0tError } from "../../../core/x0tError.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { networkOf } from "../../../node/directory/network.ts";
import { selectGuards, type Guard } from "../../../node/directory/selectGuards.ts";
import { selectPath } from "../../../node/directory/selectPath.ts";
import { routeWeights, type Random } from "../../../node/directory/weights.ts";

const hex = (n: number, bytes: number) => `0x${n.toString(16).padStart(bytes * 2, "0")}` as Hex;
const id = (n: number): NodeId => hex(n, 32);

interface Shape {
  operator?: number;
  host?: string;
  region?: string;
  stake?: bigint;
  funded?: number[];
  exit?: boolean;
  draining?: boolean;
  active?: boolean;
  load?: number;
  behindNat?: boolean;
}

function node(n: number, shape: Shape, all: number[]): DirectoryNode {
  return {
    index: n,
    nodeId: id(n),
    operator: hex(shape.operator ?? 1000 + n, 20),
    witness: hex(n, 20),
    stake: shape.stake ?? 1000n,
    active: shape.active ?? true,
    document: {
      version: 1,
      did: "",
      chainId: 1,
      operator: hex(1, 20),
      publicKey: new Uint8Array(),
      region: shape.region ?? `r${n}`,
      endpoint: { host: shape.host ?? `10.${n}.0.1`, relayPort: 1, controlPort: 2, ...(shape.behindNat === true && { reachable: false }) },
      roles: shape.exit === false ? ["relay"] : ["relay", "exit"],
      exitPolicy: [],
      protocol: 1,
    },
    descriptor: {
      version: 1,
      nodeId: id(n),
      counter: 1,
      load: shape.load ?? 0,
      funded: (shape.funded ?? all).map(id),
      work: 16,
      draining: shape.draining ?? false,
    },
  };
}

const network = (shapes: Shape[]) => shapes.map((shape, n) => node(n, shape, shapes.map((_, i) => i)));
const isNoPath = (error: unknown) => error instanceof X0tError && error.code === "X0T_NO_PATH";

/** A reproducible generator (mulberry32). */
function seeded(seed: number): Random {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const isHidden = ({ document }: DirectoryNode) => !isReachable(document!.endpoint);

describe("paths", () => {
  it("NET-8 property: every path of random networks obeys every rule, or there is none", () => {
    let found = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = seeded(seed);
      const pick = (n: number) => Math.floor(random() * n);
      const size = 3 + pick(12);
      const nodes = network(
        Array.from({ length: size }, () => ({
          operator: pick(size),
          host: `10.${pick(size)}.${pick(9)}.1`,
          region: `r${pick(4)}`,
          stake: BigInt(1 + pick(10_000)),
          funded: Array.from({ length: size }, (_, i) => i).filter(() => random() < 0.7),
          exit: random() < 0.6,
          draining: random() < 0.1,
          active: random() < 0.9,
          behindNat: random() < 0.25,
        })),
      );
      const guards = nodes.filter(() => random() < 0.5).map(({ nodeId }) => nodeId);
      const hops = 1 + pick(5);
      let path: DirectoryNode[];
      try {
        path = selectPath({ nodes, guards, hops, random });
      } catch (error) {
        assert.ok(isNoPath(error));
        assert.equal(exhaustive(nodes, guards, hops), false, `seed ${seed}: there was a path`);
        continue;
      }
      found++;
      assert.equal(path.length, hops);
      assert.ok(guards.includes(path[0]!.nodeId) && path.at(-1)!.document!.roles.includes("exit"));
      assert.equal(new Set(path.map(({ operator }) => operator)).size, hops);
      assert.equal(new Set(path.map(({ document }) => networkOf(document!.endpoint.host))).size, hops);
      for (const [i, hop] of path.entries()) {
        assert.ok(hop.active && !hop.descriptor!.draining);
        if (i === 0 || isHidden(path[i - 1]!)) assert.ok(!isHidden(hop), `seed ${seed}: NET-20`);
        if (i > 0) assert.ok(path[i - 1]!.descriptor!.funded.includes(hop.nodeId));
      }
    }
    assert.ok(found > 50, `only ${found} networks had a path`);
  });

  it("NET-8 regions differ where choice allows, and may repeat where not", () => {
    const mixed = network([{ region: "a" }, { region: "a" }, { region: "b" }, { region: "c" }]);
    for (let seed = 0; seed < 50; seed++) {
      const path = selectPath({ nodes: mixed, guards: mixed.map(({ nodeId }) => nodeId), hops: 3, random: seeded(seed) });
      assert.equal(new Set(path.map(({ document }) => document!.region)).size, 3);
    }
    const one = network([{ region: "a" }, { region: "a" }, { region: "a" }]);
    assert.equal(selectPath({ nodes: one, guards: [id(0)], hops: 3, random: seeded(1) }).length, 3);
  });

  it("NET-20 a node behind NAT may be middle or exit, never entry nor another one's neighbour", () => {
    const nodes = network([{}, { behindNat: true }, {}, { behindNat: true }, {}]);
    const guards = nodes.map(({ nodeId }) => nodeId);
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const path = selectPath({ nodes, guards, hops: 3, random: seeded(seed) });
      seen.add(path.map((hop) => (isHidden(hop) ? "h" : "p")).join(""));
    }
    assert.deepEqual([...seen].sort(), ["php", "pph", "ppp"]);
    assert.throws(() => selectPath({ nodes: network([{}, { behindNat: true }, { behindNat: true }]), guards, hops: 3, random: seeded(1) }), isNoPath);
  });

  it("NET-8 avoided nodes, a target's policy and a wrong number of hops", () => {
    const nodes = network([{}, {}, {}, {}]);
    const guards = nodes.map(({ nodeId }) => nodeId);
    for (let seed = 0; seed < 20; seed++) {
      const random = seeded(seed);
      const path = selectPath({ nodes, guards, hops: 3, random, avoid: new Set([id(1)]), allows: (exit) => exit.index === 2 });
      assert.ok(path.every(({ index }) => index !== 1) && path[2]!.index === 2);
    }
    assert.throws(() => selectPath({ nodes, guards, hops: 3, random: seeded(1), avoid: new Set([id(0), id(1)]) }), isNoPath);
    assert.throws(() => selectPath({ nodes, guards, hops: 6, random: seeded(1) }), { code: "X0T_BAD_HOPS" });
    assert.throws(() => selectPath({ nodes, guards, hops: 0, random: seeded(1) }), { code: "X0T_BAD_HOPS" });
  });

  it("NET-2 route weight is stake up to 4 × the median, less the load", () => {
    const nodes = network([{ stake: 100n }, { stake: 100n }, { stake: 10_000n }, { stake: 50n, load: 5 }, { stake: 100n }]);
    assert.deepEqual(routeWeights(nodes), [100, 100, 400, 25, 100]);
  });

  it("NET-8 draws follow the weights", () => {
    const nodes = network([{ stake: 3000n }, { stake: 1000n }, { stake: 1000n }, { stake: 1000n }]);
    const random = seeded(7);
    let heavy = 0;
    const rounds = 4_000;
    for (let i = 0; i < rounds; i++) {
      if (selectPath({ nodes, guards: nodes.map(({ nodeId }) => nodeId), hops: 1, random })[0]!.index === 0) heavy++;
    }
    assert.ok(Math.abs(heavy / rounds - 0.5) < 0.04, `share ${heavy / rounds}`);
  });

  it("NET-8 a thousand relays without a path fail at once", () => {
    const nodes = network(Array.from({ length: 1_000 }, (_, n) => ({ exit: false, host: `10.${n % 250}.0.1` })));
    const started = performance.now();
    assert.throws(() => selectPath({ nodes, guards: nodes.map(({ nodeId }) => nodeId), hops: 3, random: seeded(3) }), isNoPath);
    assert.ok(performance.now() - started < 5_000);
  });

  it("NET-8 networks are /16 and /32", () => {
    assert.equal(networkOf("127.1.2.3"), networkOf("127.1.9.9"));
    assert.notEqual(networkOf("127.1.2.3"), networkOf("127.2.2.3"));
    assert.equal(networkOf("2001:db8::1"), networkOf("2001:0DB8:ffff::2"));
    assert.notEqual(networkOf("2001:db8::1"), networkOf("2001:db9::1"));
    assert.equal(networkOf("::1"), "0:0");
  });
});

/** Whether any path exists, by brute force. */
function exhaustive(nodes: DirectoryNode[], guards: NodeId[], hops: number): boolean {
  const extend = (path: DirectoryNode[]): boolean => {
    if (path.length === hops) return path.at(-1)!.document!.roles.includes("exit");
    return nodes.some((next) => {
      if (!next.active || next.descriptor!.draining) return false;
      const last = path.at(-1);
      if (isHidden(next) && (last === undefined || isHidden(last))) return false;
      if (last === undefined ? !guards.includes(next.nodeId) : !last.descriptor!.funded.includes(next.nodeId)) return false;
      const clash = path.some(
        (hop) =>
          hop.nodeId === next.nodeId ||
          hop.operator === next.operator ||
          networkOf(hop.document!.endpoint.host) === networkOf(next.document!.endpoint.host),
      );
      return !clash && extend([...path, next]);
    });
  };
  return extend([]);
}

describe("guards", () => {
  const DAY_MS = 86_400_000;
  const nowMs = 1_800_000_000_000;
  const nodes = network([{ operator: 1 }, { operator: 1 }, { operator: 2 }, { operator: 3, host: "10.9.0.1" }, { operator: 4, host: "10.9.0.2" }]);

  it("NET-8 are of different operators and networks, and last 60 to 90 days", () => {
    for (let seed = 0; seed < 50; seed++) {
      const guards = selectGuards({ nodes, guards: [], count: 3, nowMs, random: seeded(seed) });
      const chosen = guards.map(({ nodeId }) => nodes.find((n) => n.nodeId === nodeId)!);
      assert.equal(guards.length, 3);
      assert.equal(new Set(chosen.map(({ operator }) => operator)).size, 3);
      assert.equal(new Set(chosen.map(({ document }) => networkOf(document!.endpoint.host))).size, 3);
      for (const { expiresMs } of guards) assert.ok(expiresMs >= nowMs + 60 * DAY_MS && expiresMs <= nowMs + 90 * DAY_MS);
    }
  });

  it("NET-8 are kept while good, replaced when expired, gone or unreachable for 24 h", () => {
    const first = selectGuards({ nodes, guards: [], count: 3, nowMs, random: seeded(1) });
    assert.deepEqual(selectGuards({ nodes, guards: first, count: 3, nowMs: nowMs + 59 * DAY_MS, random: seeded(2) }), first);
    const unreachable: Guard[] = first.map((guard, i) => (i === 0 ? { ...guard, unreachableSinceMs: nowMs } : guard));
    assert.deepEqual(selectGuards({ nodes, guards: unreachable, count: 3, nowMs: nowMs + DAY_MS - 1, random: seeded(2) }), unreachable);
    const two = network([{}, {}, {}, {}]);
    const held = selectGuards({ nodes: two, guards: [], count: 3, nowMs, random: seeded(1) });
    const later = selectGuards({
      nodes: two,
      guards: held.map((guard, i) => (i === 0 ? { ...guard, unreachableSinceMs: nowMs } : guard)),
      count: 3,
      nowMs: nowMs + DAY_MS,
      random: seeded(2),
    });
    assert.deepEqual(later.slice(0, 2), held.slice(1));
    assert.ok(!held.some(({ nodeId }) => nodeId === later[2]!.nodeId), "the fourth node takes its place");
    const gone = selectGuards({ nodes: two.filter(({ nodeId }) => nodeId !== held[0]!.nodeId), guards: held, count: 3, nowMs, random: seeded(3) });
    assert.ok(gone.length === 3 && !gone.some(({ nodeId }) => nodeId === held[0]!.nodeId));
  });

  it("NET-20 are never behind NAT, and are given up when they move there", () => {
    const mixed = network([{ behindNat: true }, {}, { behindNat: true }]);
    const chosen = selectGuards({ nodes: mixed, guards: [], count: 3, nowMs, random: seeded(1) });
    assert.deepEqual(chosen.map(({ nodeId }) => nodeId), [id(1)]);
    const moved = network([{}, { behindNat: true }, {}]);
    assert.ok(!selectGuards({ nodes: moved, guards: chosen, count: 3, nowMs, random: seeded(1) }).some(({ nodeId }) => nodeId === id(1)));
  });

  it("NET-8 fewer nodes than guards give what there is", () => {
    assert.equal(selectGuards({ nodes: nodes.slice(0, 2), guards: [], count: 3, nowMs, random: seeded(1) }).length, 1);
  });
});
