import { isReachable } from "../../core/didDocument.ts";
import type { Directory, DirectoryNode } from "../directory/directory.ts";
import type { Link } from "../link/link.ts";
import type { Message } from "../link/message.ts";
import type { LinkPeer } from "../link/peer.ts";
import { WITNESS_ACK, WITNESS_FORWARDED } from "../link/protocols.ts";
import { decodeReceipt, encodeForwarded } from "./encoding.ts";

const DEADLINE_MS = 10_000;
/** Receipts of one witness on their way at a time; it sends more with its next try. */
const MAX_UNDER_WAY = 32;

/** Two nodes behind NAT have no link: a public one carries their receipts (NET-20). */
export function needsCarrier(a: DirectoryNode | undefined, b: DirectoryNode | undefined): boolean {
  return [a, b].every((node) => node?.document !== undefined && !isReachable(node.document.endpoint));
}

/** The carrier's side: hands a FORWARD on to the node that it names, if both are behind NAT, and its ACK back. */
export function createReceiptCarrier(deps: {
  directory: Pick<Directory, "byId" | "byIndex">;
  link: Pick<Link, "peer">;
}): (peer: LinkPeer, message: Message) => Promise<void> {
  const underWay = new Map<LinkPeer, number>();
  return async (peer, message) => {
    const witness = deps.directory.byId(peer.nodeId);
    const target = deps.directory.byIndex(decodeReceipt(message.payload).node);
    const to = target === undefined ? undefined : deps.link.peer(target.nodeId);
    const count = underWay.get(peer) ?? 0;
    if (witness === undefined || to === undefined || count >= MAX_UNDER_WAY || !needsCarrier(witness, target)) return;
    underWay.set(peer, count + 1);
    try {
      const payload = encodeForwarded(witness.index, message.payload);
      const { type } = await to.request("witness", WITNESS_FORWARDED, payload, AbortSignal.timeout(DEADLINE_MS));
      if (type === WITNESS_ACK) peer.reply("witness", message, WITNESS_ACK, new Uint8Array());
    } catch {
      // The witness tries again, by another carrier.
    } finally {
      const left = (underWay.get(peer) ?? 1) - 1;
      if (left > 0) underWay.set(peer, left);
      else underWay.delete(peer);
    }
  };
}
