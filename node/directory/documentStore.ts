import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { blockDigest } from "../../core/cid.ts";
import { decodeDidDocument, type DidDocument } from "../../core/didDocument.ts";
import type { Address, Hex, NodeId } from "../../core/ids.ts";
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
  /** Looks in the home only. */
  loadHome(node: DocumentName): Promise<boolean>;
  /** A block that somebody says is the node's document. @returns whether it is */
  take(node: DocumentName, block: Uint8Array): boolean;
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
export function createDocumentStore(deps: { chainId: number; ipfs: BlockSource | undefined; cacheDir: string; log: Logger }): DocumentStore {
  const { ipfs, log } = deps;
  const folder = join(deps.cacheDir, "did");
  const loaded = new Map<string, StoredDocument>();
  const failures = new Map<string, { count: number; retryAtMs: number }>();

  // The operator is part of what is verified, so it is part of the key.
  const keyOf = ({ nodeId, operator, metadata }: DocumentName) => `${nodeId}/${operator}/${metadata}`;
  const fileOf = (digest: Hex) => join(folder, `${digest.slice(2)}.cbor`);
  /** Not synced: after a crash half a file is no block of that digest, and is fetched again. */
  const keep = async (digest: Hex, block: Uint8Array) => {
    await mkdir(folder, { recursive: true });
    await writeFile(fileOf(digest), block);
  };
  const accept = (node: DocumentName, block: Uint8Array) => {
    const { nodeId, operator } = node;
    const document = decodeDidDocument(block, { chainId: deps.chainId, nodeId, operator }, verifyNative);
    const stored = { document, block };
    loaded.set(keyOf(node), stored);
    failures.delete(keyOf(node));
    return stored;
  };
  const loadHome = async (node: DocumentName): Promise<boolean> => {
    if (loaded.has(keyOf(node))) return true;
    const cached = await readFile(fileOf(node.metadata)).catch(() => undefined);
    if (cached === undefined || blockDigest(cached) !== node.metadata) return false;
    try {
      accept(node, new Uint8Array(cached));
      return true;
    } catch {
      return false;
    }
  };

  return {
    loaded: (node) => loaded.get(keyOf(node)),
    failures: (node) => failures.get(keyOf(node))?.count ?? 0,
    loadHome,
    take(node, block) {
      if (loaded.has(keyOf(node))) return true;
      if (blockDigest(block) !== node.metadata) return false;
      try {
        accept(node, block);
      } catch {
        return false;
      }
      keep(node.metadata, block).catch((error: unknown) => log.debug({ err: error }, "a document was not kept"));
      return true;
    },
    async load(node, signal) {
      const { nodeId, metadata } = node;
      const key = keyOf(node);
      if (await loadHome(node)) return loaded.get(key);
      const failure = failures.get(key);
      if (ipfs === undefined || (failure !== undefined && performance.now() < failure.retryAtMs)) return undefined;
      try {
        const block = await ipfs.getBlock(metadata, AbortSignal.any([signal, AbortSignal.timeout(FETCH_DEADLINE_MS)]));
        const stored = accept(node, block);
        await keep(metadata, block);
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
