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
/** While the rule of NET-2 does not hold, and at most so often. */
const HURRY_MS = 1_000;
const FETCH_DEADLINE_MS = 8_000;

export interface DescriptorFetcher {
  /** True once NET-2 allows circuits. */
  covered(): boolean;
  /** What is missing, for people; undefined if nothing is. */
  missing(): string | undefined;
  /** Fetches now: a guard came, or the directory changed. */
  kick(): void;
  close(): void;
}

export interface DescriptorFetcherDeps {
  directory: Pick<Directory, "nodes" | "putDescriptor" | "coverage">;
  /** Connected account tunnels. */
  guards(): readonly AccountTunnel[];
  /** A tunnel for one question to a node that is no guard: another source when guards are too few (NET-2). */
  ask(nodeId: NodeId, ids: readonly NodeId[], signal: AbortSignal): Promise<Uint8Array[]>;
  random(): number;
  /** Coverage grew. */
  onChange(): void;
  log: Logger;
}

/** Keeps descriptors of all nodes by asking every guard, and strangers as long as there are too few sources (NET-2). */
export function createDescriptorFetcher(deps: DescriptorFetcherDeps): DescriptorFetcher {
  const { directory, log } = deps;
  const sources = new Set<NodeId>();
  const stop = new AbortController();
  let kicked = true;
  let wake: (() => void) | undefined;

  const known = () => directory.nodes().filter((node) => node.active && node.document !== undefined);
  /** Nodes behind NAT cannot be asked (NET-20). */
  const askable = () => known().filter(({ document }) => document !== undefined && isReachable(document.endpoint));
  /** NET-2 in a network of fewer nodes than that: as many as there are. */
  const neededSources = () => Math.min(LEAST_SOURCES, askable().length);

  function missing(): string | undefined {
    const { stakeShare, endpointsAgree } = directory.coverage();
    if (askable().length === 0) return "no active node with a document is known that can be asked";
    if (!endpointsAgree) return "the RPC endpoints do not agree on a finalized block";
    if (sources.size < neededSources()) return `descriptors from ${sources.size} of ${neededSources()} sources`;
    if (stakeShare < LEAST_STAKE_SHARE) return `descriptors cover ${Math.round(stakeShare * 100)} % of the stake, 60 % are needed`;
    return undefined;
  }

  function put(blocks: readonly Uint8Array[], source: NodeId): void {
    const valid = blocks.filter((block) => directory.putDescriptor(block, source) !== "invalid");
    if (valid.length > 0) sources.add(source);
  }

  async function askAll(fetch: (ids: readonly NodeId[], signal: AbortSignal) => Promise<Uint8Array[]>, source: NodeId): Promise<void> {
    const ids = known().map(({ nodeId }) => nodeId);
    for (let from = 0; from < ids.length; from += MAX_GET_IDS) {
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(FETCH_DEADLINE_MS)]);
      put(await fetch(ids.slice(from, from + MAX_GET_IDS), signal), source);
    }
  }

  async function askStrangers(guards: readonly AccountTunnel[]): Promise<void> {
    const tried = new Set<NodeId>([...sources, ...guards.map(({ nodeId }) => nodeId)]);
    const strangers = askable().filter(({ nodeId }) => !tried.has(nodeId));
    while (sources.size < neededSources() && strangers.length > 0 && !stop.signal.aborted) {
      const [node] = strangers.splice(Math.floor(deps.random() * strangers.length), 1);
      if (node === undefined) return;
      await askAll((ids, signal) => deps.ask(node.nodeId, ids, signal), node.nodeId).catch((error: unknown) =>
        log.debug({ err: error, source: node.nodeId }, "no descriptors from it"),
      );
    }
  }

  /** @param everyGuard else one of them: a quiet network does not change much */
  async function run(everyGuard: boolean): Promise<void> {
    const before = missing();
    const guards = deps.guards();
    const chosen = everyGuard || before !== undefined ? guards : guards.slice(Math.floor(deps.random() * guards.length)).slice(0, 1);
    await Promise.all(
      chosen.map((guard) =>
        askAll((ids, signal) => guard.fetch("descriptor", ids, signal), guard.nodeId).catch((error: unknown) =>
          log.debug({ err: error, guard: guard.nodeId }, "no descriptors from the guard"),
        ),
      ),
    );
    if (missing() !== undefined) await askStrangers(guards);
    if (before !== undefined && missing() === undefined) log.info({ sources: sources.size }, "descriptors cover the network");
    deps.onChange();
  }

  /** One run at a time, begun at least a second apart. */
  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      const everyGuard = kicked;
      kicked = false;
      await run(everyGuard);
      await new Promise((resolve) => setTimeout(resolve, HURRY_MS));
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
