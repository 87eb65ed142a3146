import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { buildCircuit } from "../circuit/buildCircuit.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import { selectPath, type PathRequest } from "../directory/selectPath.ts";
import type { Payments } from "../payment/payments.ts";
import type { AvoidList } from "./avoidList.ts";
import type { ClientMetrics } from "./clientMetrics.ts";
import type { DescriptorFetcher } from "./descriptorFetcher.ts";
import type { GuardSet } from "./guardSet.ts";
import { secureRandom } from "./guards.ts";
import type { BuildRequest, BuiltCircuit } from "./carrier.ts";

const BUILD_DEADLINE_MS = 8_000;

export interface CircuitBuilderDeps {
  hops: number;
  directory: { nodes(): readonly DirectoryNode[] };
  descriptors: DescriptorFetcher;
  guards: GuardSet;
  payments: Payments;
  avoid: AvoidList;
  metrics: ClientMetrics;
}

/**
 * Chooses a path and builds it (NET-2, NET-8, NET-9).
 * @throws X0T_NOT_COVERED, X0T_NO_GUARD, X0T_NO_PATH, X0T_CIRCUIT_FAILED, X0T_NO_TOKEN: all retryable
 */
export function createCircuitBuilder(deps: CircuitBuilderDeps) {
  return async (request: BuildRequest, signal: AbortSignal): Promise<BuiltCircuit> => {
    const path = choosePath(deps, request);
    const nodeIds = path.map(({ nodeId }) => nodeId);
    const timer = deps.metrics.buildSeconds.startTimer();
    try {
      const built = await build(deps, path, AbortSignal.any([signal, AbortSignal.timeout(BUILD_DEADLINE_MS)]));
      timer();
      deps.avoid.works(nodeIds);
      deps.metrics.builds.inc({ outcome: "built" });
      return built;
    } catch (error) {
      deps.metrics.builds.inc({ outcome: "failed" });
      const guilty = (error as X0tError).data?.nodeId as NodeId | undefined;
      if (signal.aborted) throw error;
      if (guilty !== undefined && guilty !== nodeIds[0]) deps.avoid.failed(guilty);
      else deps.avoid.suspect(nodeIds);
      throw error;
    }
  };
}

/** @throws X0T_NOT_COVERED, X0T_NO_GUARD, X0T_NO_PATH */
export function choosePath(deps: Pick<CircuitBuilderDeps, "hops" | "directory" | "descriptors" | "guards" | "avoid">, { busy, exit, exits, urgent }: BuildRequest): DirectoryNode[] {
  const missing = deps.descriptors.missing();
  if (missing !== undefined) throw new X0tError("X0T_NOT_COVERED", `Too little is known of the network: ${missing}.`, { retryable: true });
  const guards = deps.guards.tunnels().filter((tunnel) => tunnel.ready() && !tunnel.leaving()).map(({ nodeId }) => nodeId);
  if (guards.length === 0) {
    const unpaid = deps.guards.tunnels().some((tunnel) => tunnel.connected());
    throw new X0tError("X0T_NO_GUARD", "No guard is ready: none is connected, or the channels to them are spent. Top them up, or wait.", { retryable: true, data: { unpaid } });
  }
  const nodes = deps.directory.nodes();
  const bad = deps.avoid.all();
  const others = new Set([...busy].filter((nodeId) => !guards.includes(nodeId)));
  // From the choice that shares nothing with what failed or is in use, to whatever path there is.
  const wishes = [new Set([...bad, ...busy]), new Set([...bad, ...others])];
  // A further circuit that shares its middle with another one of its session protects from nothing (NET-9).
  wishes.push(...(exit === undefined ? [bad, deps.avoid.failedOnly()] : [new Set([...deps.avoid.failedOnly(), ...busy]), others]));
  const isExit = (node: DirectoryNode) => node.document?.roles.includes("exit") === true && exits?.allows?.(node) !== false;
  const isPreferred = (node: DirectoryNode) => isExit(node) && exits?.prefers?.(node) === true;
  const allows = exit === undefined ? isExit : (node: DirectoryNode) => node.nodeId === exit;
  const choices = exit === undefined && nodes.some((node) => node.active && isPreferred(node)) ? [isPreferred, allows] : [allows];
  for (const allowed of choices) {
    // Better through what failed lately than two circuits that die together, unless a way is needed now.
    const both = [true, false];
    const order = urgent === true ? wishes.flatMap((avoid) => both.map((apart) => ({ avoid, apart }))) : both.flatMap((apart) => wishes.map((avoid) => ({ avoid, apart })));
    for (const { avoid, apart } of order) {
      if (exit !== undefined) avoid.delete(exit);
      const path = tryPath({ nodes, guards, hops: deps.hops, avoid, allows: allowed }, exit, apart);
      if (path !== undefined) return path;
    }
  }
  // Who is funded by whom may have changed since it was last asked for.
  deps.descriptors.kick();
  if (exit !== undefined) throw new X0tError("X0T_NO_PATH", "No further way to the exit that shares no relay with the others.", { retryable: true });
  return selectPath({ nodes, guards, hops: deps.hops, random: secureRandom, allows });
}

/**
 * A guard in the middle or at the end of one circuit is missing at the head of another, and its death takes both along (NET-9):
 * with `apart` guards are entries only.
 */
function tryPath(request: Omit<PathRequest, "random">, exit: NodeId | undefined, apart: boolean): DirectoryNode[] | undefined {
  const { guards, avoid = new Set() } = request;
  const entries = guards.filter((nodeId) => !avoid.has(nodeId));
  const order = entries.map((nodeId) => ({ nodeId, at: secureRandom() })).sort((a, b) => a.at - b.at);
  const eachAlone = order.map(({ nodeId }) => {
    const without = new Set([...avoid, ...guards.filter((guard) => guard !== nodeId)]);
    if (exit !== undefined) without.delete(exit);
    return { ...request, guards: [nodeId], avoid: without };
  });
  for (const each of apart ? eachAlone : [request]) {
    try {
      return selectPath({ ...each, random: secureRandom });
    } catch (error) {
      if ((error as X0tError).code !== "X0T_NO_PATH") throw error;
    }
  }
  return undefined;
}

async function build(deps: CircuitBuilderDeps, path: readonly DirectoryNode[], signal: AbortSignal): Promise<BuiltCircuit> {
  const entry = path[0] as DirectoryNode;
  const tunnel = deps.guards.get(entry.nodeId);
  if (tunnel === undefined) throw new X0tError("X0T_NO_GUARD", "The guard was dropped meanwhile.", { retryable: true });
  const pass = await tunnel.takePass(signal);
  const hops = path.map(({ nodeId, document }) => {
    if (document === undefined) throw new TypeError("selectPath chose a node without a document");
    return { nodeId, endpoint: document.endpoint };
  });
  const circuit = await buildCircuit({ path: hops, entry: pass, payer: deps.payments.payerForPeer(entry.nodeId), signal });
  return { path, circuit };
}
