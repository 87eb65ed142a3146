import { setTimeout as delay } from "node:timers/promises";
import { isReachable, type DidDocument } from "../core/didDocument.ts";
import type { NodeId } from "../core/ids.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Directory } from "./directory/directory.ts";

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

/**
 * The first look at the registry: until it succeeds there is nobody to talk to, so this waits as long as it takes.
 * @throws the signal's reason
 */
export async function awaitRegistry(deps: {
  directory: Pick<Directory, "refresh">;
  followChain: () => Promise<void>;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { directory, log, signal } = deps;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(MAX_RETRY_MS, waitMs * 2)) {
    try {
      await deps.followChain();
      return await directory.refresh(signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = (error as Error).message.split("\n", 1)[0];
      log.warn({ reason, retryMs: waitMs }, "the chain cannot be read: trying again. Check rpcUrls in config.json");
      await delay(waitMs, undefined, { signal });
    }
  }
}

/** Says so if the registry does not list this node as active, and again when it does. */
export function sayIfUnregistered(nodeId: NodeId, directory: Pick<Directory, "byId" | "onRefresh">, log: Logger): void {
  const node = directory.byId(nodeId);
  if (node?.active === true) return;
  const why =
    node === undefined
      ? "the registry does not know this node: register it with `x0t node init`, or on the dashboard with its register.json"
      : "this node is not active: raise its stake with `x0t stake`";
  log.warn({ nodeId }, `${why}. Waiting`);
  const stop = directory.onRefresh(() => {
    const now = directory.byId(nodeId);
    if (now?.active !== true) return;
    stop();
    log.info({ nodeId, index: now.index }, "the registry lists this node as active");
  });
}

/** A node whose config and document disagree about NET-20 waits for peers that never dial, or is dialled in vain. */
export function sayIfUnlikeDocument(reachable: boolean, document: DidDocument | undefined, log: Logger): void {
  if (document === undefined || isReachable(document.endpoint) === reachable) return;
  const [config, published] = reachable ? ["reachable", "behind NAT"] : ["behind NAT", "reachable"];
  log.error(`listen.reachable in the config says ${config}, this node's published document ${published}: make them agree`);
}
