import type { Address } from "viem";
import type { DidDocument } from "../../../core/didDocument.ts";
import type { NodeId } from "../../../core/ids.ts";
import { getConfig } from "../config.ts";

/** What the index knows of a node: enough to fetch and check its document. `metadata` is the document's CID. */
export interface DocumentedNode {
  index: number;
  nodeId: string;
  operator: string;
  metadata: string;
}

const DEADLINE_MS = 10_000;
/** Documents that are fetched at the same time; the others wait for their turn. */
const AT_ONCE = 8;
const MAX_BLOCK_BYTES = 65_536;

let free = AT_ONCE;
const waiting: (() => void)[] = [];

async function takeTurn(): Promise<void> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

function endTurn(): void {
  const next = waiting.shift();
  if (next === undefined) free++;
  else next();
}

/**
 * A node's signed document from IPFS, its hash and signature checked here.
 * @throws X0T_BAD_DID_DOCUMENT, or an Error if it cannot be fetched
 */
export async function readDidDocument(node: DocumentedNode, signal: AbortSignal): Promise<DidDocument> {
  await takeTurn();
  try {
    signal.throwIfAborted();
    const { ipfsUrl, contracts } = getConfig();
    const response = await fetch(`${ipfsUrl}/${node.metadata}?format=raw`, { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) });
    if (!response.ok) throw new Error(`IPFS answered ${response.status} for ${node.metadata}.`);
    const block = new Uint8Array(await response.arrayBuffer());
    if (block.length > MAX_BLOCK_BYTES) throw new Error(`${node.metadata} is no DID document: it has ${block.length} bytes.`);
    // Schemas and signatures are loaded when the first document is there.
    const [{ decodeDidDocument }, { blockDigest, digestFromCid }] = await Promise.all([import("../../../core/didDocument.ts"), import("../../../core/cid.ts")]);
    if (blockDigest(block) !== digestFromCid(node.metadata)) throw new Error(`IPFS answered with another block than ${node.metadata}.`);
    return decodeDidDocument(block, { chainId: contracts.chainId, nodeId: node.nodeId as NodeId, operator: node.operator as Address });
  } finally {
    endTurn();
  }
}
