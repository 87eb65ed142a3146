import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeId } from "../../../core/ids.ts";
import { buildCircuit, type Circuit } from "../../../node/circuit/buildCircuit.ts";
import type { TunnelPayer } from "../../../node/circuit/relayDeps.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { selectPath } from "../../../node/directory/selectPath.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { nowMs } from "../clock.ts";
import { readLightNetwork } from "./network.ts";

const CIRCUITS = 3;
const HOPS = 3;
const BUILD_MS = 5_000;
const RETRY_MS = 50;
/** A loss first, then handshakes: these would delay what is sent again. */
const CALM_MS = 300;
const AVOID_MS = 2_000;
const KEEP_MS = 3_000;
const free: TunnelPayer = { ready: () => true, addTunnel: () => () => undefined };

/** One session at a time over three circuits to one exit, no two with the same entry or middle as long as there is a choice. */
export interface Circuits {
  session(signal: AbortSignal): Promise<ClientSession>;
  /** Relays by index, the leading circuit first; and whether all three stand. */
  state(): { paths: number[][]; ready: boolean };
  suspects(): number;
}

export function createCircuits(params: { guards: number; duplicate: boolean; onEvent(type: "lost" | "switch" | "session-lost", atMs: number): void }): Circuits {
  const nodes = directoryNodes();
  const guards = nodes.slice(0, params.guards).map(({ nodeId }) => nodeId);
  const indexOf = (nodeId: NodeId) => nodes.findIndex((node) => node.nodeId === nodeId);
  const avoided = new Map<NodeId, number>();
  let current: ClientSession | undefined;
  let exit: NodeId | undefined;
  let lostMs = 0;

  const avoidedNow = () => [...avoided].filter(([, untilMs]) => untilMs > nowMs()).map(([nodeId]) => nodeId);
  const pathOf = (circuit: Circuit) => circuit.path.map(({ nodeId }) => nodeId);

  /** Through none of `used`; what just failed only if nothing else is left. @throws if there is no such path */
  async function build(to: NodeId | undefined, used: readonly NodeId[]): Promise<Circuit> {
    // A guard in the middle of one circuit would be missing at the head of another.
    const entry = guards.filter((nodeId) => !used.includes(nodeId)).sort(() => Math.random() - 0.5).slice(0, 1);
    const others = guards.filter((nodeId) => !entry.includes(nodeId));
    const wishes = [[...used, ...others, ...avoidedNow()], [...used, ...others]].map((avoid) => new Set(avoid));
    const allows = (node: DirectoryNode) => to === undefined || node.nodeId === to;
    let path: DirectoryNode[] | undefined;
    for (const avoid of wishes) {
      if (to !== undefined) avoid.delete(to);
      try {
        path ??= selectPath({ nodes, guards: entry, hops: HOPS, random: Math.random, avoid, allows });
      } catch {
        continue;
      }
    }
    if (path === undefined) throw new Error("no path");
    const hops = path.map(({ nodeId, document }) => ({ nodeId, endpoint: (document as { endpoint: { host: string; relayPort: number } }).endpoint }));
    try {
      return await buildCircuit({ path: hops, entry: { token: randomBytes(16), account: new Uint8Array(16) }, payer: free, signal: AbortSignal.timeout(BUILD_MS) });
    } catch (error) {
      const { nodeId } = (error as { data: { nodeId: NodeId } }).data;
      avoided.set(nodeId, nowMs() + AVOID_MS);
      throw error;
    }
  }

  async function keep(): Promise<never> {
    for (;;) {
      try {
        const session = current;
        if (session === undefined) await open(await build(undefined, []));
        else {
          const paths = session.paths();
          const calm = paths.length === 0 || nowMs() - lostMs > CALM_MS;
          if (paths.length >= CIRCUITS || !calm) {
            await sleep(5);
            continue;
          }
          const used = paths.flatMap(({ circuit }) => pathOf(circuit));
          try {
            await session.addCircuit(await build(exit, used));
          } catch (error) {
            // It is the exit that cannot be reached, and no circuit to it is left: its streams are lost.
            if (session.paths().length === 0 && (error as { data?: { hop?: number } }).data?.hop === HOPS - 1) session.close();
            throw error;
          }
        }
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }
  async function open(circuit: Circuit): Promise<void> {
    exit = pathOf(circuit).at(-1);
    const session = createClientSession(circuit, {
      duplicate: params.duplicate,
      keepMs: KEEP_MS,
      onPathLost: (lost) => {
        lostMs = nowMs();
        params.onEvent("lost", lostMs);
        avoided.set(pathOf(lost)[1] as NodeId, nowMs() + AVOID_MS);
      },
      onSwitch: () => params.onEvent("switch", nowMs()),
    });
    await session.ping(AbortSignal.timeout(BUILD_MS));
    current = session;
    void session.closed.then(() => {
      if (current === session) current = undefined;
      params.onEvent("session-lost", nowMs());
    });
  }

  void keep();
  return {
    async session(signal) {
      while (current === undefined || current.goingAway()) await sleep(5, undefined, { signal });
      return current;
    },
    state() {
      const order = ["lead", "duplicate", "share", "standby", "joining"];
      const paths = (current?.paths() ?? []).sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
      const ready = paths.length === CIRCUITS && paths.every(({ role, suspect }) => role !== "joining" && !suspect);
      return { paths: paths.map(({ circuit }) => pathOf(circuit).map(indexOf)), ready };
    },
    suspects: () => (current?.paths() ?? []).filter(({ suspect }) => suspect).length,
  };
}

function directoryNodes(): DirectoryNode[] {
  const { relays } = readLightNetwork();
  const funded = relays.map(({ nodeId }) => nodeId);
  return relays.map(
    ({ host, port, nodeId }, index) =>
      ({
        index,
        nodeId,
        operator: `0x${(index + 1).toString(16).padStart(40, "0")}`,
        stake: 1_000n,
        active: true,
        document: { region: `region-${index}`, roles: ["relay", "exit"], endpoint: { host, relayPort: port, controlPort: 1 } },
        descriptor: { funded, draining: false },
      }) as unknown as DirectoryNode,
  );
}
