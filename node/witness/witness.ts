import { setMaxListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LocalAccount } from "viem";
import type { Counter } from "prom-client";
import type { Address, Hex, NodeIndex } from "../../core/ids.ts";
import { commitDeadline, epochStart, slotSeconds } from "../../core/epochTime.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import { signReceipt } from "../../chain/signReceipt.ts";
import type { EpochClock, SlotTime } from "../../runtime/epochClock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Directory, DirectoryNode } from "../directory/directory.ts";
import type { Link } from "../link/link.ts";
import type { LinkPeer } from "../link/peer.ts";
import { WITNESS_ACK, WITNESS_FORWARD, WITNESS_MISS, WITNESS_RECEIPT } from "../link/protocols.ts";
import { encodeMiss, encodeReceipt, missName, type SlotName } from "./encoding.ts";
import type { EpochFactsCache } from "./epochFactsCache.ts";
import { needsCarrier } from "./forwardReceipts.ts";
import type { Prober } from "./probe.ts";

/**
 * The witness's side of NET-21: in each slot whose committee it belongs to, it builds a circuit through the node at a
 * random time in 10–53 % of the slot, and sends its receipt at a random time after the slot.
 *
 *   slot begins ─ wait ─ probe ─ echo ok ─ sign ─ wait past the slot's end ─ RECEIPT ─ ACK
 *                          └ three tries failed, or 93 % are over ─ wait past the slot's end ─ MISS
 */
export interface Witness {
  /** Sends again what `node` has not acknowledged of `epoch` (PULL). */
  resend(peer: LinkPeer, node: NodeIndex, epoch: number): void;
  start(): void;
  close(): void;
}

export interface WitnessDeps {
  /** Registry index of this node; undefined while it is not registered. */
  self: () => NodeIndex | undefined;
  chainId: number;
  ledger: Address;
  parameters: ProtocolParameters;
  hotAccount: LocalAccount;
  facts: EpochFactsCache;
  directory: Pick<Directory, "nodes" | "byIndex">;
  link: Pick<Link, "peer" | "peers">;
  prober: Pick<Prober, "probe">;
  clock: EpochClock;
  /** False: our clock is more than 2 s off, do not witness. */
  clockIsGood: () => boolean;
  random: () => number;
  log: Logger;
  metrics: { receipts: Counter; misses: Counter<"reason">; skipped: Counter };
}

const EARLIEST = 0.1;
const LATEST = 0.53;
const END = 0.93;
/** A receipt waits up to a slot, at most 30 s, so that its time tells nothing. */
const MAX_RECEIPT_DELAY_MS = 30_000;
const RECEIPT_TRIES = 5;
const NODES_PER_TURN = 25;

interface Issued extends SlotName {
  node: NodeIndex;
  signature: Hex;
  sendAtMs: number;
  acknowledged: boolean;
  tries: number;
  sending: boolean;
}

export function createWitness(deps: WitnessDeps): Witness {
  const { clock, parameters, log } = deps;
  const slotMs = slotSeconds(parameters) * 1000;
  const stopped = new AbortController();
  // Every receipt on its way listens to it.
  setMaxListeners(0, stopped.signal);
  const stops: (() => void)[] = [];
  let issued: Issued[] = [];

  const startOf = ({ epoch, slot }: SlotName) => epochStart(parameters, epoch) * 1000 + slot * slotMs;

  const onSlot = async (time: SlotTime) => {
    issued = issued.filter(({ epoch }) => commitDeadline(parameters, epoch) * 1000 > clock.nowMs());
    for (const receipt of issued) if (receipt.sendAtMs <= clock.nowMs()) void deliver(receipt);
    if (time.slot === parameters.slotsPerEpoch - 1) void deps.facts.get(time.epoch + 1);
    const self = deps.self();
    const facts = self === undefined ? undefined : await deps.facts.get(time.epoch);
    if (self === undefined || facts === undefined) return;
    for (const [count, target] of deps.directory.nodes().entries()) {
      if (count % NODES_PER_TURN === NODES_PER_TURN - 1) await nextTurn();
      if (target.index === self || !target.active) continue;
      const committee = facts.committee(target.index, time.slot);
      if (committee.includes(self)) run(witnessSlot(target, committee, time));
    }
  };

  const run = (task: Promise<void>) => {
    task.catch((error: unknown) => {
      if (!stopped.signal.aborted) log.error({ err: error }, "witnessing failed");
    });
  };

  const witnessSlot = async (target: DirectoryNode, committee: readonly NodeIndex[], at: SlotName) => {
    const start = startOf(at);
    await clock.sleepUntil(start + slotMs * (EARLIEST + (LATEST - EARLIEST) * deps.random()), stopped.signal);
    const endMs = start + slotMs * END;
    // Too late through our own fault is no miss of the other node's.
    if (!deps.clockIsGood() || clock.nowMs() >= endMs) {
      deps.metrics.skipped.inc();
      return;
    }
    const reason = await deps.prober.probe(target, committee, endMs, stopped.signal);
    if (reason === "unable") return void deps.metrics.skipped.inc();
    if (reason !== undefined) {
      deps.metrics.misses.inc({ reason: missName(reason) });
      log.debug({ peer: target.nodeId, ...at, reason: missName(reason) }, "no receipt");
      await sleepPastSlot(start);
      deps.link.peer(target.nodeId)?.send("witness", WITNESS_MISS, encodeMiss(reason, at));
      return;
    }
    const { chainId, ledger } = deps;
    const signature = await signReceipt(deps.hotAccount, { chainId, ledger, ...at, node: target.index });
    const sendAtMs = start + slotMs + deps.random() * Math.min(slotMs, MAX_RECEIPT_DELAY_MS);
    const receipt: Issued = { ...at, node: target.index, signature, sendAtMs, acknowledged: false, tries: 0, sending: false };
    issued.push(receipt);
    await clock.sleepUntil(sendAtMs, stopped.signal);
    await deliver(receipt);
  };

  const sleepPastSlot = (start: number) =>
    clock.sleepUntil(start + slotMs + deps.random() * Math.min(slotMs, MAX_RECEIPT_DELAY_MS), stopped.signal);

  const deliver = async (receipt: Issued) => {
    const target = deps.directory.byIndex(receipt.node);
    const own = deps.self();
    const direct = deps.link.peer(target?.nodeId ?? "0x");
    const carried = direct === undefined && own !== undefined && needsCarrier(deps.directory.byIndex(own), target);
    const peer = carried ? anyOf(deps.link.peers(), deps.random) : direct;
    if (peer === undefined || receipt.acknowledged || receipt.sending || receipt.tries >= RECEIPT_TRIES) return;
    receipt.sending = true;
    receipt.tries += 1;
    try {
      const answer = await peer.request("witness", carried ? WITNESS_FORWARD : WITNESS_RECEIPT, encodeReceipt(receipt), stopped.signal);
      if (answer.type !== WITNESS_ACK) return;
      receipt.acknowledged = true;
      deps.metrics.receipts.inc();
    } catch (error) {
      if (!stopped.signal.aborted) log.debug({ peer: peer.nodeId, reason: (error as Error).message }, "receipt not acknowledged");
    } finally {
      receipt.sending = false;
    }
  };

  return {
    resend(peer, node, epoch) {
      for (const receipt of issued) {
        if (receipt.node !== node || receipt.epoch !== epoch || receipt.sendAtMs > clock.nowMs()) continue;
        receipt.tries = Math.min(receipt.tries, RECEIPT_TRIES - 1);
        void deliver(receipt);
      }
      log.debug({ peer: peer.nodeId, epoch }, "receipts pulled");
    },
    start() {
      stops.push(clock.onSlot((time) => run(onSlot(time))));
      void deps.facts.get(clock.now().epoch);
    },
    close() {
      stopped.abort(new Error("the witness was closed"));
      for (const stop of stops) stop();
    },
  };
}

function anyOf<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}
