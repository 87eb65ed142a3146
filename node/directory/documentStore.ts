import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { blockDigest } from "../../core/cid.ts";
import { decodeDidDocument, type DidDocument } from "../../core/didDocument.ts";
import type { Address, Hex, NodeId } from "../../core/ids.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import type { Logger } from "../../runtime/logger.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";

/** Where blocks are fetched by their SHA-256. */
export interface BlockSource {
  getBlock(digest: Hex, signal?: AbortSignal): Promise<Uint8Array>;
}

export interface StoredDocument {
  document: DidDocument;
  block: Uint8Array;
}

export interface DocumentStore {
  /** What was loaded before. */
  loaded(node: DocumentName): StoredDocument | undefined;
  /** How often in a row its document could not be had. */
  failures(node: DocumentName): number;
  /** The document whose digest stands in the registry; undefined while it cannot be had or if it is not valid. */
  load(node: DocumentName, signal: AbortSignal): Promise<StoredDocument | undefined>;
}

export interface DocumentName {
  nodeId: NodeId;
  operator: Address;
  /** The document's digest in the registry. */
  metadata: Hex;
}

const FETCH_DEADLINE_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 15_000;

/** Documents by digest: memory, then the home, then IPFS; what fails is tried again with backoff (NET-2). */
export function createDocumentStore(deps: { chainId: number; ipfs: BlockSource; cacheDir: string; log: Logger }): DocumentStore {
  const { ipfs, log } = deps;
  const folder = join(deps.cacheDir, "did");
  const loaded = new Map<string, StoredDocument>();
  const failures = new Map<string, { count: number; retryAtMs: number }>();

  const fetchBlock = async (digest: Hex, signal: AbortSignal): Promise<Uint8Array> => {
    const file = join(folder, `${digest.slice(2)}.cbor`);
    const cached = await readFile(file).catch(() => undefined);
    if (cached !== undefined && blockDigest(cached) === digest) return new Uint8Array(cached);
    const block = await ipfs.getBlock(digest, AbortSignal.any([signal, AbortSignal.timeout(FETCH_DEADLINE_MS)]));
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(file, block);
    return block;
  };

  // The operator is part of what is verified, so it is part of the key.
  const keyOf = ({ nodeId, operator, metadata }: DocumentName) => `${nodeId}/${operator}/${metadata}`;
  return {
    loaded: (node) => loaded.get(keyOf(node)),
    failures: (node) => failures.get(keyOf(node))?.count ?? 0,
    async load(node, signal) {
      const { nodeId, operator, metadata } = node;
      const key = keyOf(node);
      const known = loaded.get(key);
      if (known !== undefined) return known;
      const failure = failures.get(key);
      if (failure !== undefined && performance.now() < failure.retryAtMs) return undefined;
      try {
        const block = await fetchBlock(metadata, signal);
        const document = decodeDidDocument(block, { chainId: deps.chainId, nodeId, operator }, verifyNative);
        const stored = { document, block };
        loaded.set(key, stored);
        failures.delete(key);
        return stored;
      } catch (error) {
        const count = (failure?.count ?? 0) + 1;
        failures.set(key, { count, retryAtMs: performance.now() + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** count) });
        const message = "no valid document of a node: it is listed without an endpoint";
        if (count === 1) log.warn({ peer: nodeId, metadata, reason: (error as Error).message }, message);
        return undefined;
      }
    },
  };
}
