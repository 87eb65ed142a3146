import type { Address } from "viem";
import type { Counter } from "prom-client";
import { commitDeadline, epochEnd, epochStart } from "../../core/epochTime.ts";
import type { NodeIndex } from "../../core/ids.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import { recoverReceipt } from "../../core/recoverReceipt.ts";
import type { EpochClock } from "../../runtime/epochClock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Directory } from "../directory/directory.ts";
import type { Link } from "../link/link.ts";
import type { LinkPeer } from "../link/peer.ts";
import type { Message } from "../link/message.ts";
import { WITNESS_ACK, WITNESS_FORWARD, WITNESS_FORWARDED, WITNESS_MISS, WITNESS_PULL, WITNESS_RECEIPT } from "../link/protocols.ts";
import type { Spool } from "../proofs/spool.ts";
import { decodeForwarded, decodeMiss, decodePull, decodeReceipt, encodePull, missName } from "./encoding.ts";
import type { EpochFactsCache } from "./epochFactsCache.ts";
import { createReceiptCarrier } from "./forwardReceipts.ts";
import type { Witness } from "./witness.ts";

/** The witnessed node's side of NET-21: keeps receipts, fetches what it missed. It relays as for any client and knows of no probe. */
export interface Subject {
  start(): void;
  close(): void;
}

export interface SubjectDeps {
  self: () => NodeIndex | undefined;
  chainId: number;
  ledger: Address;
  parameters: ProtocolParameters;
  facts: EpochFactsCache;
  directory: Pick<Directory, "byId" | "byIndex">;
  link: Pick<Link, "on" | "onPeer" | "peer" | "peers">;
  /** The same node as a witness: PULL asks for its receipts. */
  witness: Witness;
  spool: Pick<Spool, "addReceipt" | "hasReceipt" | "prune">;
  clock: EpochClock;
  log: Logger;
  metrics: { held: Counter; refused: Counter; missed: Counter<"reason"> };
}

/** False receipts of a peer in an epoch before its receipts are not looked at any more: checking one costs 2 ms. */
const FALSE_RECEIPTS = 16;
/** Epochs kept in the spool: longer than any challenge can last (COMMIT + CHALLENGE + RESPONSE), and more to look at. */
export const KEPT_SPOOL_EPOCHS = 24;

export function createSubject(deps: SubjectDeps): Subject {
  const { clock, parameters, log } = deps;
  const stops: (() => void)[] = [];
  /** By who gave them, and of carried ones also by who carried them: nobody can use up another one's. */
  let falseReceipts = new Map<string, number>();

  /** Only what the ledger would take is kept: the right node, slot, committee member and key (PRF-1). */
  const keep = async (peer: LinkPeer, message: Message, witness: NodeIndex | undefined, payload: Uint8Array, source: string) => {
    const { epoch, slot, node, signature } = decodeReceipt(payload);
    const open = commitDeadline(parameters, epoch) * 1000 > clock.nowMs() && epochStart(parameters, epoch) * 1000 <= clock.nowMs();
    if (witness === undefined || node !== deps.self() || slot >= parameters.slotsPerEpoch || !open) return;
    if (!deps.spool.hasReceipt(epoch, slot, witness)) {
      const facts = await deps.facts.get(epoch);
      if (facts === undefined || !facts.committee(node, slot).includes(witness)) return;
      const wrong = falseReceipts.get(source) ?? 0;
      if (wrong >= FALSE_RECEIPTS) return;
      const signer = await recoverReceipt({ chainId: deps.chainId, ledger: deps.ledger, epoch, node }, slot, signature);
      if (signer === undefined || signer !== facts.witnessKey(witness)) {
        falseReceipts.set(source, wrong + 1);
        deps.metrics.refused.inc();
        log.warn({ peer: peer.nodeId, epoch, slot }, "a receipt with a false signature was refused");
        return;
      }
      if (await deps.spool.addReceipt(epoch, { slot, witness, signature })) deps.metrics.held.inc();
    }
    peer.reply("witness", message, WITNESS_ACK, new Uint8Array());
  };

  const carry = createReceiptCarrier(deps);
  const run = (task: Promise<void>) => {
    task.catch((error: unknown) => log.error({ err: error }, "a receipt could not be kept"));
  };

  const onMessage = (peer: LinkPeer, message: Message) => {
    switch (message.type) {
      case WITNESS_RECEIPT:
        return run(keep(peer, message, deps.directory.byId(peer.nodeId)?.index, message.payload, peer.nodeId));
      case WITNESS_FORWARDED: {
        const { witness, receipt } = decodeForwarded(message.payload);
        return run(keep(peer, message, witness, receipt, `${peer.nodeId}/${witness}`));
      }
      case WITNESS_FORWARD:
        return run(carry(peer, message));
      case WITNESS_MISS: {
        const { reason, ...at } = decodeMiss(message.payload);
        deps.metrics.missed.inc({ reason: missName(reason) });
        return log.info({ peer: peer.nodeId, ...at }, "a witness did not see this node in a slot");
      }
      case WITNESS_PULL: {
        const node = deps.directory.byId(peer.nodeId)?.index;
        const epoch = decodePull(message.payload);
        if (node !== undefined) deps.witness.resend(peer, node, epoch);
        return;
      }
    }
  };

  /** Every epoch up to `newest` whose commit is still open. */
  const pull = (peer: LinkPeer, newest: number) => {
    for (let epoch = newest; commitDeadline(parameters, epoch) * 1000 > clock.nowMs(); epoch--) {
      peer.send("witness", WITNESS_PULL, encodePull(epoch));
    }
  };

  return {
    start() {
      deps.link.on("witness", onMessage);
      stops.push(
        deps.link.onPeer((peer) => pull(peer, clock.now().epoch)),
        clock.onSlot(({ epoch, slot }) => {
          // The last receipts of an epoch come within one slot of its end: then ask for the rest.
          const sinceEndMs = clock.nowMs() - epochEnd(parameters, epoch - 1) * 1000;
          if (slot === 1 || slot === 2) for (const peer of deps.link.peers()) pull(peer, epoch - 1);
          if (slot === 0 && sinceEndMs >= 0) {
            falseReceipts = new Map();
            deps.spool.prune(epoch - KEPT_SPOOL_EPOCHS).catch((error: unknown) => log.warn({ err: error }, "old epochs could not be pruned"));
          }
        }),
      );
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
