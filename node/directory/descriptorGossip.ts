import type { NodeId } from "../../core/ids.ts";
import { hexToBytes } from "viem";
import { X0tError } from "../../core/x0tError.ts";
import { nodeIdFromBytes } from "../../core/ids.ts";
import type { Link } from "../link/link.ts";
import type { LinkPeer } from "../link/peer.ts";
import { DESCRIPTOR_GET, DESCRIPTOR_PUT } from "../link/protocols.ts";
import type { Directory } from "./directory.ts";

const MAX_GET_IDS = 64;
const ID_BYTES = 32;
/** A descriptor goes on to so many peers; in larger networks it still reaches all in a few steps. */
const FANOUT = 16;
/** Of whom missing descriptors are asked after each refresh. */
const ASKED_PEERS = 2;

export interface DescriptorGossip {
  /** Our own descriptor, to every peer now and to every later one. */
  publish(block: Uint8Array): void;
  close(): void;
}

/** Spreads descriptors over the control links (NET-2, NET-17): PUT what is new, GET what is missing. */
export function createDescriptorGossip(deps: {
  self: NodeId;
  link: Pick<Link, "on" | "onPeer" | "peers">;
  directory: Pick<Directory, "nodes" | "putDescriptor" | "descriptorBlock" | "conflictBlocks" | "onRefresh">;
}): DescriptorGossip {
  const { self, link, directory } = deps;

  const put = (peer: LinkPeer, block: Uint8Array) => peer.send("descriptor", DESCRIPTOR_PUT, block);
  const forward = (blocks: readonly Uint8Array[], except?: NodeId) => {
    const others = link.peers().filter(({ nodeId }) => nodeId !== except);
    for (const peer of sample(others, FANOUT)) for (const block of blocks) put(peer, block);
  };
  const missing = (): NodeId[] =>
    directory.nodes().flatMap(({ nodeId, active, descriptor }) => (active && descriptor === undefined && nodeId !== self ? [nodeId] : []));
  const ask = (peer: LinkPeer, wanted: readonly NodeId[]) => {
    const ids = sample(wanted, MAX_GET_IDS);
    if (ids.length > 0) peer.send("descriptor", DESCRIPTOR_GET, Buffer.concat(ids.map((id) => hexToBytes(id))));
  };

  const receive = (peer: LinkPeer, block: Uint8Array) => {
    const result = directory.putDescriptor(block, peer.nodeId);
    if (result === "new") forward([block], peer.nodeId);
    if (result !== "conflict") return;
    for (const { nodeId } of directory.nodes()) {
      const blocks = directory.conflictBlocks(nodeId);
      if (blocks?.includes(block)) forward(blocks);
    }
  };
  const answer = (peer: LinkPeer, ids: Uint8Array) => {
    if (ids.length % ID_BYTES !== 0 || ids.length > MAX_GET_IDS * ID_BYTES) {
      throw new X0tError("X0T_BAD_MESSAGE", `Descriptor GET of ${ids.length} bytes.`);
    }
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const nodeId = nodeIdFromBytes(ids.subarray(at, at + ID_BYTES));
      const own = directory.descriptorBlock(nodeId);
      for (const block of own === undefined ? (directory.conflictBlocks(nodeId) ?? []) : [own]) put(peer, block);
    }
  };

  link.on("descriptor", (peer, { type, payload }) => {
    if (type === DESCRIPTOR_PUT) receive(peer, payload);
    else if (type === DESCRIPTOR_GET) answer(peer, payload);
  });
  const stops = [
    link.onPeer((peer) => {
      const own = directory.descriptorBlock(self);
      if (own !== undefined) put(peer, own);
      ask(peer, missing());
    }),
    directory.onRefresh(() => {
      const wanted = missing();
      for (const peer of sample(link.peers(), ASKED_PEERS)) ask(peer, wanted);
    }),
  ];
  return {
    publish(block) {
      if (directory.putDescriptor(block) === "new") forward([block]);
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}

/** At most `count` of the items, at random. */
function sample<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  const left = [...items];
  return Array.from({ length: count }, () => left.splice(Math.floor(Math.random() * left.length), 1)[0] as T);
}
