import { hash } from "node:crypto";
import { DESCRIPTOR_LIFETIME_MS, readDescriptor, verifyDescriptor, type Descriptor } from "../../core/descriptor.ts";
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
  name: string;
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
  const names = new Set<string>();
  const conflicts = new Map<NodeId, { counter: number; blocks: readonly Uint8Array[] }>();
  const sources = new Map<string, number>();

  const isCurrent = ({ descriptor }: Held) => descriptor.counter + DESCRIPTOR_LIFETIME_MS > deps.nowMs();
  const decode = (block: Uint8Array, name: string): Held | undefined => {
    try {
      const unverified = readDescriptor(block);
      const publicKey = deps.publicKeyOf(unverified.descriptor.nodeId);
      return publicKey && { descriptor: verifyDescriptor(unverified, publicKey, verifyNative), block: ownBytes(block), name };
    } catch {
      return undefined;
    }
  };
  const drop = ({ descriptor, name }: Held) => {
    held.delete(descriptor.nodeId);
    names.delete(name);
  };
  const current = (nodeId: NodeId): Held | undefined => {
    const entry = held.get(nodeId);
    if (entry === undefined || isCurrent(entry)) return entry;
    drop(entry);
    return undefined;
  };

  return {
    put(block, source) {
      const name = nameOf(block);
      if (names.has(name)) return "old";
      const fresh = decode(block, name);
      if (fresh === undefined || !isCurrent(fresh)) return "invalid";
      const { nodeId, counter } = fresh.descriptor;
      if (counter > deps.nowMs() + MAX_AHEAD_MS || deps.publicKeyOf(nodeId) === undefined) return "invalid";
      if (source !== undefined && (sources.has(source) || sources.size < MAX_SOURCES)) sources.set(source, deps.nowMs());
      if (counter <= (conflicts.get(nodeId)?.counter ?? -1)) return "old";
      const before = current(nodeId);
      if (before !== undefined && counter < before.descriptor.counter) return "old";
      if (before !== undefined && counter === before.descriptor.counter) {
        if (sameBody(before.block, block)) return "old";
        drop(before);
        conflicts.set(nodeId, { counter, blocks: [before.block, block] });
        return "conflict";
      }
      conflicts.delete(nodeId);
      if (before !== undefined) drop(before);
      held.set(nodeId, fresh);
      names.add(name);
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

/** A name for the very bytes: gossip brings them from every side, and decoding and verifying cost. */
function nameOf(block: Uint8Array): string {
  return hash("sha256", block, "base64");
}

/** A piece of something larger would keep all of it in memory. */
function ownBytes(block: Uint8Array): Uint8Array {
  return block.byteLength === block.buffer.byteLength ? block : new Uint8Array(block);
}

/** Signatures are randomised: the body decides. */
function sameBody(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(decodeSigned(a).body, decodeSigned(b).body) === 0;
}
