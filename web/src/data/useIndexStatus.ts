import { useQuery } from "@tanstack/react-query";
import { getConfig } from "../config.ts";

export interface IndexStatus {
  indexed: { number: number; timestamp: number } | null;
  /** Null: the chain does not answer the indexer. */
  head: { number: number; timestamp: number } | null;
  /** Unknown without a head. */
  lagBlocks: number | undefined;
  /** When it was asked, milliseconds since 1970. */
  askedAtMs: number;
}

const REFRESH_MS = 2_000;
const DEADLINE_MS = 5_000;

/** How far the index is behind the chain. */
export function useIndexStatus() {
  return useQuery({
    queryKey: ["index status"],
    queryFn: async ({ signal }): Promise<IndexStatus> => {
      const url = new URL("v1/status", getConfig().graphqlUrl.replace(/graphql$/, ""));
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) });
      // 503 with a body: the indexer is there, the chain is not.
      if (!response.ok && response.status !== 503) throw new Error(`it answered ${response.status}`);
      const body = (await response.json()) as Omit<IndexStatus, "askedAtMs">;
      if (body.indexed === undefined) throw new Error("it does not answer");
      return { ...body, askedAtMs: Date.now() };
    },
    refetchInterval: REFRESH_MS,
    retry: false,
  });
}
