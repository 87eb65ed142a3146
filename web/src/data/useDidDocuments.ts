import { useQueries } from "@tanstack/react-query";
import type { DidDocument } from "../../../core/didDocument.ts";
import { readDidDocument, type DocumentedNode } from "./readDidDocument.ts";

/** An hour: what cannot be had now is asked for again when somebody looks. */
const KEPT_MS = 3_600_000;

/** Documents by node index, as far as they could be fetched and checked: regions, endpoints, exit policies. A CID never changes. */
export function useDidDocuments(nodes: readonly DocumentedNode[]): ReadonlyMap<number, DidDocument> {
  return useQueries({
    queries: nodes.map((node) => ({
      queryKey: ["did document", node.metadata],
      queryFn: ({ signal }: { signal: AbortSignal }) => readDidDocument(node, signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: KEPT_MS,
      retry: 1,
    })),
    combine: (results) => {
      const documents = new Map<number, DidDocument>();
      for (const [place, { data }] of results.entries()) {
        const node = nodes[place];
        if (data !== undefined && node !== undefined) documents.set(node.index, data);
      }
      return documents;
    },
  });
}
