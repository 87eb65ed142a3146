import { decodeDescriptor, DESCRIPTOR_LIFETIME_MS, descriptorNodeId, type Descriptor } from "../../core/descriptor.ts";
import type { NodeId } from "../../core/ids.ts";
import { decodeSigned } from "../../core/signedObject.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";

export type PutResult = "new" | "old" | "conflict" | "invalid";

export interface DescriptorStore {
  put(block: Uint8Array, source?: string): PutResult;
  get(nodeId: NodeId): Descriptor | undefined;
  block(nodeId: NodeId): Uint8Array | undefined;
  /** Both blocks of a node that signed two bodies with one counter: evidence to gossip. */
  conflict(nodeId: NodeId): readonly Uint8Array[] | undefined;
  /** Every block that is valid now. */
  blocks(): Uint8Array[];
  /** Who delivered valid descriptors, within their lifetime. */
  sources(): number;
}

/** A counter may be ahead of our clock by so much. */
const MAX_AHEAD_MS = 60_000;
const MAX_SOURCES = 1_024;

interface Held {
  descriptor: Descriptor;
  block: Uint8Array;
}

/** Descriptors by node: 1 h, the highest counter wins, two bodies with one counter drop out (NET-2). */
export function createDescriptorStore(deps: {
  /** From the node's DID document; undefined for nodes that are unknown, inactive or without one. */
  publicKeyOf: (nodeId: NodeId) => Uint8Array | undefined;
  nowMs: () => number;
  /** A valid descriptor that says the opposite of what was known of its node's draining. */
  onTurn?: (nodeId: NodeId, draining: boolean, block: Uint8Array) => void;
}): DescriptorStore {
  const held = new Map<NodeId, Held>();
  const conflicts = new Map<NodeId, { counter: number; blocks: readonly Uint8Array[] }>();
  const sources = new Map<string, number>();

  const isCurrent = ({ descriptor }: Held) => descriptor.counter + DESCRIPTOR_LIFETIME_MS > deps.nowMs();
  const decode = (block: Uint8Array): Held | undefined => {
    try {
      const publicKey = deps.publicKeyOf(descriptorNodeId(block));
      return publicKey && { descriptor: decodeDescriptor(block, publicKey, verifyNative), block };
    } catch {
      return undefined;
    }
  };
  const current = (nodeId: NodeId): Held | undefined => {
    const entry = held.get(nodeId);
    if (entry === undefined || isCurrent(entry)) return entry;
    held.delete(nodeId);
    return undefined;
  };

  return {
    put(block, source) {
      const known = knownBlock(held, block);
      if (known) return "old";
      const fresh = decode(block);
      if (fresh === undefined || !isCurrent(fresh)) return "invalid";
      const { nodeId, counter } = fresh.descriptor;
      if (counter > deps.nowMs() + MAX_AHEAD_MS || deps.publicKeyOf(nodeId) === undefined) return "invalid";
      if (source !== undefined && (sources.has(source) || sources.size < MAX_SOURCES)) sources.set(source, deps.nowMs());
      if (counter <= (conflicts.get(nodeId)?.counter ?? -1)) return "old";
      const before = current(nodeId);
      if (before !== undefined && counter < before.descriptor.counter) return "old";
      if (before !== undefined && counter === before.descriptor.counter) {
        if (sameBody(before.block, block)) return "old";
        held.delete(nodeId);
        conflicts.set(nodeId, { counter, blocks: [before.block, block] });
        return "conflict";
      }
      conflicts.delete(nodeId);
      held.set(nodeId, fresh);
      const { draining } = fresh.descriptor;
      if (draining !== (before?.descriptor.draining ?? false)) deps.onTurn?.(nodeId, draining, block);
      return "new";
    },
    get: (nodeId) => current(nodeId)?.descriptor,
    block: (nodeId) => current(nodeId)?.block,
    conflict: (nodeId) => conflicts.get(nodeId)?.blocks,
    blocks: () => [...held.values()].filter(isCurrent).map(({ block }) => block),
    sources() {
      const oldest = deps.nowMs() - DESCRIPTOR_LIFETIME_MS;
      for (const [source, atMs] of sources) if (atMs < oldest) sources.delete(source);
      return sources.size;
    },
  };
}

/** The very bytes that are held: gossip brings them from every side, and verifying costs. */
function knownBlock(held: ReadonlyMap<NodeId, Held>, block: Uint8Array): boolean {
  try {
    const entry = held.get(descriptorNodeId(block));
    return entry !== undefined && Buffer.compare(entry.block, block) === 0;
  } catch {
    return false;
  }
}

/** Signatures are randomised: the body decides. */
function sameBody(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(decodeSigned(a).body, decodeSigned(b).body) === 0;
}
