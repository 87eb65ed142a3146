import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { askIndexer } from "./graphql.ts";

/** Blocks come every one or two seconds. */
const REFRESH_MS = 3_000;

/**
 * Live data of the indexer: asked again every few seconds while the page is in view. While it fails, `data` stays what it
 * last was and `error` says why.
 * @param options.isOff true while a variable is not known yet.
 */
export function useGraphql<Data>(query: string, variables: Record<string, unknown> = {}, options: { refreshMs?: number; isOff?: boolean } = {}) {
  return useQuery({
    queryKey: ["graphql", query, variables],
    queryFn: ({ signal }) => askIndexer<Data>(query, variables, signal),
    refetchInterval: options.refreshMs ?? REFRESH_MS,
    enabled: options.isOff !== true,
    placeholderData: keepPreviousData,
  });
}
