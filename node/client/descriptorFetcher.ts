import { isReachable } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Logger } from "../../runtime/logger.ts";
import { MAX_GET_IDS } from "../account/accountMessage.ts";
import type { AccountTunnel } from "../account/accountTunnel.ts";
import type { Directory } from "../directory/directory.ts";

/** NET-2: no circuit before descriptors cover so much of the stake, from so many sources. */
export const LEAST_STAKE_SHARE = 0.6;
export const LEAST_SOURCES = 3;
const REFRESH_MS = 30_000;
/** Rounds begin so far apart; a guard that comes meanwhile is asked at once. */
const HURRY_MS = 1_000;
const LOOK_MS = 50;
const FETCH_DEADLINE_MS = 8_000;
const STRANGER_DEADLINE_MS = 8_000;

export interface DescriptorFetcher {
  /** True once NET-2 allows circuits. */
  covered(): boolean;
  /** What is missing, for people; undefined if nothing is. */
  missing(): string | undefined;
  /** Fetches now: a guard came, or the directory changed. */
  kick(): void;
  close(): void;
}

type Asked = Pick<AccountTunnel, "nodeId" | "fetch">;

export interface DescriptorFetcherDeps {
  directory: Pick<Directory, "nodes" | "putDescriptor" | "coverage" | "counterOf">;
  /** Connected account tunnels. */
  guards(): readonly AccountTunnel[];
  /** A tunnel to a node that is no guard, within `signal`: another source when guards are too few (NET-2). */
  withStranger(nodeId: NodeId, use: (tunnel: Asked) => Promise<void>, signal: AbortSignal): Promise<void>;
  random(): number;
  /** Coverage grew. */
  onChange(): void;
  log: Logger;
}

/** Keeps descriptors of all nodes by asking every guard, and strangers as long as there are too few sources (NET-2). */
export function createDescriptorFetcher(deps: DescriptorFetcherDeps): DescriptorFetcher {
  const { directory, log } = deps;
  const sources = new Set<NodeId>();
  /** Guards whose first answer is on its way. */
  const greeted = new Map<NodeId, Promise<void>>();
  const stop = new AbortController();
  let kicked = true;
  let wake: (() => void) | undefined;
  let told = false;
  let rounds = 0;

  const known = () => directory.nodes().filter((node) => node.active && node.document !== undefined);
  /** Nodes behind NAT cannot be asked (NET-20). */
  const askable = () => known().filter(({ document }) => document !== undefined && isReachable(document.endpoint));
  /** NET-2 in a network of fewer nodes than that: as many as there are. */
  const neededSources = () => Math.min(LEAST_SOURCES, askable().length);

  function missing(): string | undefined {
    const { stakeShare, endpointsAgree } = directory.coverage();
    const needed = neededSources();
    if (needed === 0) return "no active node with a document is known that can be asked";
    if (!endpointsAgree) return "the RPC endpoints do not agree on a finalized block";
    if (sources.size < needed) return `descriptors from ${sources.size} of ${needed} sources`;
    if (stakeShare < LEAST_STAKE_SHARE) return `descriptors cover ${Math.round(stakeShare * 100)} % of the stake, 60 % are needed`;
    return undefined;
  }

  function put(blocks: readonly Uint8Array[], source: NodeId): void {
    const valid = blocks.filter((block) => directory.putDescriptor(block, source) !== "invalid");
    if (valid.length > 0) sources.add(source);
  }

  /**
   * Asks for what is newer than what is known. The first page of a source that is none yet is asked for whole: by that
   * it shows that it knows the network. Sources begin at different places, so that each carries a share of a first load.
   */
  async function askAll(tunnel: Asked): Promise<void> {
    const source = tunnel.nodeId;
    const nodes = known();
    const start = Math.floor(deps.random() * nodes.length);
    const ids = [...nodes.slice(start), ...nodes.slice(0, start)].map(({ nodeId }) => nodeId);
    for (let from = 0; from < ids.length; from += MAX_GET_IDS) {
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(FETCH_DEADLINE_MS)]);
      const page = ids.slice(from, from + MAX_GET_IDS);
      const counters = page.map((nodeId) => directory.counterOf(nodeId) ?? 0);
      put(await tunnel.fetch("descriptor", page, signal, sources.has(source) ? counters : undefined), source);
    }
  }

  const askGuard = (guard: AccountTunnel): Promise<void> => {
    const { nodeId } = guard;
    const asked = askAll(guard).catch((error: unknown) => log.debug({ err: error, guard: nodeId }, "no descriptors from the guard"));
    greeted.set(nodeId, asked);
    return asked;
  };

  /** Guards that connect while others are waited for. */
  function greet(): void {
    if (missing() === undefined || known().length === 0) return;
    for (const guard of deps.guards()) {
      if (!sources.has(guard.nodeId) && !greeted.has(guard.nodeId)) void askGuard(guard).then(done);
    }
  }

  function done(): void {
    if (missing() !== undefined || told) return;
    told = true;
    log.info({ sources: sources.size }, "descriptors cover the network");
    deps.onChange();
  }

  async function askStrangers(guards: readonly AccountTunnel[]): Promise<void> {
    const tried = new Set<NodeId>([...sources, ...guards.map(({ nodeId }) => nodeId)]);
    const strangers = askable().filter(({ nodeId }) => !tried.has(nodeId));
    while (sources.size < neededSources() && strangers.length > 0 && !stop.signal.aborted) {
      const [node] = strangers.splice(Math.floor(deps.random() * strangers.length), 1);
      if (node === undefined) return;
      const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(STRANGER_DEADLINE_MS)]);
      await deps
        .withStranger(node.nodeId, askAll, limit)
        .catch((error: unknown) => log.debug({ err: error, source: node.nodeId }, "no descriptors from it"));
    }
  }

  /** @param everyGuard else one of them: a quiet network does not change much */
  async function run(everyGuard: boolean): Promise<void> {
    greeted.clear();
    const guards = deps.guards();
    const chosen = everyGuard || missing() !== undefined ? guards : guards.slice(Math.floor(deps.random() * guards.length)).slice(0, 1);
    await Promise.all(chosen.map(askGuard));
    await Promise.all(greeted.values());
    // Guards are still on their way at the start: they are the better sources.
    if (missing() !== undefined && rounds++ > 0) await askStrangers(deps.guards());
    done();
    deps.onChange();
  }

  /** One run at a time, begun at least a second apart. */
  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      const everyGuard = kicked;
      kicked = false;
      await run(everyGuard);
      const again = performance.now() + HURRY_MS;
      while (performance.now() < again && !stop.signal.aborted) {
        greet();
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      if (kicked || missing() !== undefined || stop.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, REFRESH_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  void loop();
  return {
    covered: () => missing() === undefined,
    missing,
    kick() {
      kicked = true;
      wake?.();
    },
    close() {
      stop.abort();
      wake?.();
    },
  };
}
