import type { NodeId } from "../../core/ids.ts";
import type { Logger } from "../../runtime/logger.ts";
import { MAX_GET_IDS } from "../account/accountMessage.ts";
import type { AccountTunnel } from "../account/accountTunnel.ts";

/** A page of documents that does not come in this time comes from elsewhere. */
const PAGE_DEADLINE_MS = 8_000;
/** Then the next bootstrap relay is tried. */
const CONNECT_DEADLINE_MS = 5_000;

type Asked = Pick<AccountTunnel, "nodeId" | "fetch">;

export interface DocumentFetcherDeps {
  /** Connected account tunnels. */
  guards(): readonly Asked[];
  /** Relays that the config names: whom to ask as long as nobody else is known. */
  bootstrap: readonly NodeId[];
  /** A tunnel to one of them for as long as `use` runs. @param signal gives up connecting */
  withStranger(nodeId: NodeId, use: (tunnel: Asked) => Promise<void>, signal: AbortSignal): Promise<void>;
  random(): number;
  log: Logger;
}

/**
 * Documents from relays, 64 at a time: from the guards, each a share; without guards from one bootstrap relay after the
 * other. Nobody is believed: `take` holds each block against the digest on chain.
 */
export function createDocumentFetcher(deps: DocumentFetcherDeps) {
  return async (nodeIds: readonly NodeId[], take: (block: Uint8Array) => NodeId | undefined, signal: AbortSignal): Promise<void> => {
    const left = new Set(nodeIds);

    async function ask(tunnel: Asked): Promise<void> {
      const asked = new Set<NodeId>();
      for (;;) {
        const wanted = [...left].filter((nodeId) => !asked.has(nodeId));
        // From anywhere: guards that are asked at the same time take different pages.
        const start = Math.floor(deps.random() * wanted.length);
        const page = [...wanted.slice(start), ...wanted.slice(0, start)].slice(0, MAX_GET_IDS);
        if (page.length === 0) return;
        for (const nodeId of page) asked.add(nodeId);
        const blocks = await tunnel.fetch("document", page, AbortSignal.any([signal, AbortSignal.timeout(PAGE_DEADLINE_MS)]));
        for (const block of blocks) {
          const nodeId = take(block);
          if (nodeId !== undefined) left.delete(nodeId);
        }
      }
    }

    const quietly = (asking: Promise<void>) => asking.catch((error: unknown) => deps.log.debug({ err: error }, "no documents from it"));
    await Promise.all(deps.guards().map((guard) => quietly(ask(guard))));
    const others = [...deps.bootstrap];
    while (left.size > 0 && others.length > 0 && !signal.aborted) {
      const [nodeId] = others.splice(Math.floor(deps.random() * others.length), 1);
      if (nodeId !== undefined) await quietly(deps.withStranger(nodeId, ask, AbortSignal.any([signal, AbortSignal.timeout(CONNECT_DEADLINE_MS)])));
    }
  };
}
