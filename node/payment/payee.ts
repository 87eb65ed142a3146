import type { Hex } from "viem";
import { UNIT_WEI } from "../../core/parameters.ts";
import type { Channel } from "./channelBook.ts";
import { largest, smallest } from "./minMax.ts";
import type { PairKey } from "./pairStore.ts";
import type { Pay, PayeeCore, PayeeDeps, Send } from "./payeeTypes.ts";
import {
  noVoucher,
  STOP_BAD_VOUCHER,
  STOP_CLOSING,
  STOP_EXHAUSTED,
  STOP_UNKNOWN_CHANNEL,
  type PayMessage,
  type StopCode,
} from "./payMessage.ts";
import type { VoucherJournal } from "./voucherJournal.ts";
import { createVoucherLimit } from "./voucherLimit.ts";
import { recoverVoucherSigner } from "./voucherSignature.ts";

/** A deposit that a voucher exceeds is read again if it is older than this: the payer may have topped it up. */
const DEPOSIT_MAX_AGE_MS = 1_000;
/** After so many false vouchers of one attachment its further ones are not looked at. */
const MOST_BAD_VOUCHERS = 3;

/**
 *  unpaid ──PAY──▶ paid ──metered ≥ paid + credit──▶ paused ──PAY──▶ paid
 */
export function createPayee(deps: PayeeDeps): PayeeCore {
  const { key, meter, journal, metrics } = deps;
  // A client's payer address stays out of the log.
  const log = deps.log.child({ pair: key.startsWith("client:") ? "client" : key });
  const tunnels = new Set<{ setPaused: (paused: boolean) => void; paused: boolean }>();
  let paidWei = paidTo(journal, key);
  let send: Send | undefined;
  let asked = false;
  let badVouchers = 0;
  let pending: Pay | undefined;
  let working = false;
  const limit = createVoucherLimit();
  /** The newest voucher waits for the limit. */
  let limited = false;
  let question: Hex | undefined;
  let answering = false;
  /** Refusals that were logged in this attachment. */
  const said = new Set<StopCode>();
  let claimed = false;
  /** Units of the payer's claim that no voucher covers yet. */
  let claimLead = 0n;

  const remainingUnits = () =>
    paidWei / UNIT_WEI + BigInt(deps.creditPackets * meter.unitsPerPacket()) - meter.units();

  function applyPauses(): void {
    const paused = remainingUnits() <= 0n;
    for (const tunnel of tunnels) {
      if (tunnel.paused === paused) continue;
      tunnel.paused = paused;
      metrics.pausedTunnels.inc(paused ? 1 : -1);
      tunnel.setPaused(paused);
    }
  }

  function applyClaim(): void {
    const own = meter.units();
    const add = smallest(claimLead, paidWei / UNIT_WEI - own);
    if (add <= 0n) return;
    claimLead -= add;
    meter.continueAt(own + add);
    deps.onChange();
    log.info({ units: add.toString() }, "meter caught up with the payer's after a crash");
  }

  function restore(servedWei: bigint): void {
    const units = servedWei / UNIT_WEI;
    meter.continueAt(meter.units() + units);
    claimLead = largest(0n, claimLead - units);
    deps.onChange();
    log.warn({ wei: servedWei.toString() }, "redeemed vouchers that are not in our books: they were lost, or another node's");
  }

  async function accept(pay: Pay): Promise<"accepted" | "old" | StopCode> {
    if (pay.cumulative <= (journal.highest.get(pay.channel)?.cumulative ?? 0n)) return "old";
    let channel = await deps.book.get(pay.channel, deps.channelMaxAgeMs);
    if (channel !== undefined && pay.cumulative > channel.deposit) channel = await deps.book.get(pay.channel, DEPOSIT_MAX_AGE_MS);
    const refusal = refusalOf(channel, pay.channel);
    if (refusal !== undefined) return refusal;
    if (pay.cumulative > (channel as Channel).deposit) return STOP_EXHAUSTED;
    if ((await recoverVoucherSigner(deps.domain, pay)) !== (channel as Channel).signer) return STOP_BAD_VOUCHER;
    const known = journal.highest.get(pay.channel)?.cumulative ?? 0n;
    if (pay.cumulative <= known) return "old";
    const { cumulative, signature } = pay;
    const { redeemed } = channel as Channel;
    journal.append({ channel: pay.channel, cumulative, signature, pair: key });
    paidWei += cumulative - known;
    // What was redeemed and is not in our books was served before they were lost: it buys nothing again, and proves nothing,
    // for the chain shows it to everybody.
    const servedWei = largest(0n, smallest(cumulative, redeemed) - known);
    if (servedWei > 0n) restore(servedWei);
    if (cumulative <= redeemed) return "old";
    metrics.vouchers.inc({ direction: "earned" });
    deps.onVoucher((cumulative - known) / UNIT_WEI);
    applyClaim();
    applyPauses();
    return "accepted";
  }

  function refusalOf(channel: Channel | undefined, id: Hex): StopCode | undefined {
    const owner = journal.highest.get(id)?.pair;
    if (channel === undefined || channel.closed || channel.payee !== deps.operator) return STOP_UNKNOWN_CHANNEL;
    if (owner !== undefined && owner !== key) return STOP_UNKNOWN_CHANNEL;
    return channel.closesAt === 0 ? undefined : STOP_CLOSING;
  }

  async function lastOf(channel: Hex): Promise<PayMessage> {
    const refusal = refusalOf(await deps.book.get(channel, deps.channelMaxAgeMs), channel);
    if (refusal !== undefined) return { type: "STOP", code: refusal };
    const known = journal.highest.get(channel);
    if (known === undefined) return noVoucher(channel);
    return { type: "LAST", channel, cumulative: known.cumulative, signature: known.signature };
  }

  async function answer(channel: Hex): Promise<void> {
    const last = await lastOf(channel);
    send?.(last);
    asked = last.type === "LAST";
    if (asked) send?.(count());
  }

  /** Each question may cost a call of the chain: one at a time, and of those that wait only the newest. */
  async function answerNewest(channel: Hex): Promise<void> {
    question = channel;
    if (answering) return;
    answering = true;
    try {
      for (let next: Hex | undefined = question; next !== undefined; next = question) {
        question = undefined;
        await answer(next);
      }
    } catch (error) {
      log.warn({ err: error }, "channel not read");
    } finally {
      answering = false;
    }
  }

  /** Only the newest waiting voucher matters: they are cumulative. */
  async function work(): Promise<void> {
    if (working) return;
    working = true;
    try {
      while (pending !== undefined && badVouchers < MOST_BAD_VOUCHERS) {
        if (!limit.take()) {
          limited = true;
          return;
        }
        const pay = pending;
        const verdict = await accept(pay);
        if (pending === pay) pending = undefined;
        if (verdict === "old") await answer(pay.channel);
        if (typeof verdict !== "number") continue;
        metrics.refused.inc({ reason: String(verdict) });
        if (verdict === STOP_BAD_VOUCHER) badVouchers++;
        if (!said.has(verdict)) log.warn({ code: verdict }, "voucher refused");
        said.add(verdict);
        send?.({ type: "STOP", code: verdict });
      }
    } catch (error) {
      log.warn({ err: error }, "voucher waits: the chain does not answer");
    } finally {
      working = false;
    }
  }

  /** What the payer itself claimed is counted, paid or not: if the payer crashes now, it learns it from here. */
  const count = (): PayMessage => ({ type: "COUNT", units: largest(meter.units() + claimLead, 0n) });

  function claim(units: bigint): void {
    if (claimed) return;
    claimed = true;
    claimLead = largest(0n, units - meter.units());
    applyClaim();
  }

  return {
    key,
    meter,
    accept,
    lastOf,
    count,
    claim,
    attached: () => send !== undefined,
    ready: () => remainingUnits() > 0n,
    addTunnel(depth, socket, setPaused) {
      const metered = meter.addTunnel(depth, socket);
      const tunnel = { setPaused, paused: false };
      tunnels.add(tunnel);
      deps.onTunnel();
      applyPauses();
      return () => {
        if (!tunnels.delete(tunnel)) return;
        metered.remove();
        if (tunnel.paused) metrics.pausedTunnels.dec();
        deps.onChange();
      };
    },
    onMessage(message) {
      if (message.type === "PAY") {
        if (pending === undefined || message.channel !== pending.channel || message.cumulative > pending.cumulative) pending = message;
        void work();
      } else if (message.type === "LAST_REQUEST") {
        claim(message.units);
        void answerNewest(message.channel);
      }
    },
    attach(to) {
      send = to;
      asked = false;
      badVouchers = 0;
      said.clear();
    },
    detach() {
      send = undefined;
      asked = false;
    },
    poll() {
      if (limited) {
        limited = false;
        void work();
      }
      const came = meter.poll();
      if (tunnels.size > 0) applyPauses();
      return came;
    },
    tick() {
      if (pending !== undefined) void work();
      if (asked) send?.(count());
    },
    meteredUnits: () => meter.units(),
    highestVoucher: () => paidWei,
    close() {
      send = undefined;
      pending = undefined;
    },
  };
}

/** Wei of the highest vouchers of a pair over all its channels. */
export function paidTo(journal: VoucherJournal, key: PairKey): bigint {
  let sum = 0n;
  for (const voucher of journal.highest.values()) if (voucher.pair === key) sum += voucher.cumulative;
  return sum;
}
