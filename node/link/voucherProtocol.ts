import { decodePayMessage, encodePayMessage, recipientOf, type PayMessage } from "../payment/payMessage.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Link } from "./link.ts";

/** One half of a pair's money: takes messages, and says its own while the link is up. */
interface Half {
  onMessage(message: PayMessage): void;
  attach(send: (message: PayMessage) => void): void;
  detach(): void;
}

/** An unchanged COUNT says nothing new: it is repeated this often, not each second, for idle pairs are many. */
const REPEAT_COUNT_MS = 4_000;

/** Carries payment messages over the control link; each pair pays both ways over one stream (NET-17, NET-19). */
export function connectPayments(
  link: Pick<Link, "on" | "onPeer" | "onPeerLost">,
  payments: { payerForPeer(nodeId: NodeId): Half; payeeForPeer(nodeId: NodeId): Half },
): void {
  link.on("voucher", (peer, { type, payload }) => {
    const message = decodePayMessage(type, payload);
    const half = recipientOf(message) === "payer" ? payments.payerForPeer(peer.nodeId) : payments.payeeForPeer(peer.nodeId);
    half.onMessage(message);
  });
  link.onPeer((peer) => {
    let counted = { units: -1n, atMs: 0 };
    const send = (message: PayMessage) => {
      if (message.type === "COUNT") {
        const nowMs = performance.now();
        if (message.units === counted.units && nowMs - counted.atMs < REPEAT_COUNT_MS) return;
        counted = { units: message.units, atMs: nowMs };
      }
      const { type, payload } = encodePayMessage(message);
      peer.send("voucher", type, payload);
    };
    payments.payeeForPeer(peer.nodeId).attach(send);
    payments.payerForPeer(peer.nodeId).attach(send);
  });
  link.onPeerLost(({ nodeId }) => {
    payments.payeeForPeer(nodeId).detach();
    payments.payerForPeer(nodeId).detach();
  });
}
