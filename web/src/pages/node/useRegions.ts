import { useDidDocuments } from "../../data/useDidDocuments.ts";
import type { DocumentedNode } from "../../data/readDidDocument.ts";

/** Regions to choose from: those of the nodes in view, and the one chosen. */
export function useRegions(nodes: readonly DocumentedNode[], chosen: string | undefined): string[] {
  const documents = useDidDocuments(nodes);
  const regions = new Set([...documents.values()].map(({ region }) => region));
  if (chosen !== undefined) regions.add(chosen);
  return [...regions].sort();
}
