import { useQueries } from "@tanstack/react-query";
import { getConfig } from "../../config.ts";
import type { PeerView } from "./links.ts";
import type { Live, LiveStatus } from "./nodeHealth.ts";

const REFRESH_MS = 3_000;
/** The registry changes seldom, and a large one is a large answer. */
export const NODES_REFRESH = { refreshMs: 8_000 };
const DEADLINE_MS = 5_000;
/** Relays of a larger network are not asked one by one. */
const MOST_ASKED = 64;

export interface LiveNodes {
  /** False: this page has no way to the relays' own APIs. */
  isAsked: boolean;
  /** By registry index. */
  live: ReadonlyMap<number, Live>;
  /** Of the relays that answered. */
  peers: ReadonlyMap<number, readonly PeerView[]>;
}

/** What the relays themselves say, asked again every few seconds; only where the page's server hands it on (a devnet). */
export function useLiveNodes(indices: readonly number[]): LiveNodes {
  const { nodesUrl } = getConfig();
  const asked = nodesUrl === null ? [] : indices.slice(0, MOST_ASKED);
  return useQueries({
    queries: asked.map((index) => ({
      queryKey: ["live node", index],
      queryFn: ({ signal }: { signal: AbortSignal }) => askNode(`${nodesUrl}/${index}`, signal),
      // One without an API here has none later either.
      refetchInterval: ({ state }: { state: { data?: Answer | undefined } }) => (state.data?.live.state === "none" ? false : REFRESH_MS),
      staleTime: REFRESH_MS,
      retry: false,
    })),
    combine: (results) => {
      const live = new Map<number, Live>(indices.map((index) => [index, { state: "none" }]));
      const peers = new Map<number, readonly PeerView[]>();
      for (const [place, { data }] of results.entries()) {
        const index = asked[place] as number;
        live.set(index, data?.live ?? { state: "asking" });
        if (data?.peers !== undefined) peers.set(index, data.peers);
      }
      return { isAsked: nodesUrl !== null, live, peers };
    },
  });
}

interface Answer {
  live: Live;
  peers?: readonly PeerView[];
}

/** Silence is an answer here, not a failure: it is what the page shows. */
async function askNode(url: string, signal: AbortSignal): Promise<Answer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  try {
    const status = await fetch(`${url}/v1/status`, { signal: deadline });
    // Registered by hand: this machine does not run it.
    if (status.status === 404) return { live: { state: "none" } };
    const peers = status.ok ? await fetch(`${url}/peers`, { signal: deadline }) : undefined;
    if (peers?.ok !== true) return { live: { state: "silent", why: (peers ?? status).status === 502 ? "no connection" : `it answered ${(peers ?? status).status}` } };
    const [told, neighbours] = await Promise.all([status.json() as Promise<LiveStatus>, peers.json() as Promise<PeerView[]>]);
    return { live: { state: "up", status: told, askedAtMs: Date.now() }, peers: neighbours };
  } catch (error) {
    signal.throwIfAborted();
    return { live: { state: "silent", why: (error as Error).name === "TimeoutError" ? `not within ${DEADLINE_MS / 1_000} s` : "no connection" } };
  }
}
