import type { Hex } from "viem";
import { weiOfUnits } from "../../core/metering.ts";
import type { Address } from "../../core/ids.ts";
import { UNIT_WEI } from "../../core/parameters.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Channel, ChannelBook } from "./channelBook.ts";
import type { MeteredSocket, PairMeter } from "./meter.ts";
import type { PairKey } from "./pairStore.ts";
import {
  noVoucher,
  STOP_BAD_VOUCHER,
  STOP_CLOSING,
  STOP_EXHAUSTED,
  STOP_UNKNOWN_CHANNEL,
  type PayMessage,
  type StopCode,
} from "./payMessage.ts";
import type { PaymentMetrics } from "./paymentMetrics.ts";
import type { PairVoucher, VoucherJournal } from "./voucherJournal.ts";
import { recoverVoucherSigner, type VoucherDomain } from "./voucherSignature.ts";

/** A deposit that a voucher exceeds is read again if it is older than this: the payer may have topped it up. */
const DEPOSIT_MAX_AGE_MS = 1_000;
/** After so many false vouchers of one attachment its further ones are not looked at. */
const MOST_BAD_VOUCHERS = 3;

export type Pay = Extract<PayMessage, { type: "PAY" }>;
export type Send = (message: PayMessage) => void;

/** The side of a pair that relays and is paid (NET-18, NET-19). */
export interface Payee {
  /** False: accept no new tunnel, it would be paused at once. */
  ready(): boolean;
  /**
   * Meters a tunnel of the payer. `setPaused(true)`, maybe at once, while more is used than paid and credited.
   * @param depth relays still to follow
   * @param socket the raw socket, its preface included in the counters
   * @returns call it when the tunnel ends.
   */
  addTunnel(depth: number, socket: MeteredSocket, setPaused: (paused: boolean) => void): () => void;
  onMessage(message: PayMessage): void;
  attach(send: Send): void;
  detach(): void;
  meteredUnits(): bigint;
  /** Wei over the pair's whole life. */
  highestVoucher(): bigint;
  close(): void;
}

/** What payments.ts and the account desk use beyond `Payee`. */
export interface PayeeCore extends Payee {
  readonly key: PairKey;
  readonly meter: PairMeter;
  /** Judges one voucher. @throws what the chain reader throws */
  accept(pay: Pay): Promise<"accepted" | "old" | StopCode>;
  /** What LAST says of a channel. */
  lastOf(channel: Hex): Promise<PayMessage>;
  /** The payer's own count, once a process: a payee that crashed lost its last second. */
  claim(units: bigint): void;
  count(): PayMessage;
  poll(): number;
  /** Once a second: COUNT, and vouchers that the chain could not be asked about. */
  tick(): void;
}

export interface PayeeDeps {
  key: PairKey;
  meter: PairMeter;
  journal: VoucherJournal;
  book: ChannelBook;
  domain: VoucherDomain;
  /** Payee of every channel of this process. */
  operator: Address;
  /** 10 for registered payers, else 0. */
  creditPackets: number;
  channelMaxAgeMs: number;
  log: Logger;
  metrics: PaymentMetrics;
  onVoucher: (units: bigint) => void;
  onChange: () => void;
}

/**
 *  unpaid ──PAY──▶ paid ──metered ≥ paid + credit──▶ paused ──PAY──▶ paid
 */
export function createPayee(deps: PayeeDeps): PayeeCore {
  const { key, meter, journal, metrics, log } = deps;
  const tunnels = new Set<{ setPaused: (paused: boolean) => void; paused: boolean }>();
  let paidWei = paidTo(journal, key);
  let send: Send | undefined;
  let asked = false;
  let badVouchers = 0;
  let pending: Pay | undefined;
  let working = false;
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
    meter.adjust(add);
    deps.onChange();
    log.info({ pair: key, units: add.toString() }, "meter caught up with the payer's after a crash");
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
    journal.append({ channel: pay.channel, cumulative, signature, pair: key });
    paidWei += cumulative - known;
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

  /** Only the newest waiting voucher matters: they are cumulative. */
  async function work(): Promise<void> {
    if (working) return;
    working = true;
    try {
      while (pending !== undefined && badVouchers < MOST_BAD_VOUCHERS) {
        const pay = pending;
        const verdict = await accept(pay);
        if (pending === pay) pending = undefined;
        if (verdict === "old") await answer(pay.channel);
        if (typeof verdict !== "number") continue;
        metrics.refused.inc({ reason: String(verdict) });
        if (verdict === STOP_BAD_VOUCHER) badVouchers++;
        log.warn({ pair: key, code: verdict }, "voucher refused");
        send?.({ type: "STOP", code: verdict });
      }
    } catch (error) {
      log.warn({ err: error, pair: key }, "voucher waits: the chain does not answer");
    } finally {
      working = false;
    }
  }

  const count = (): PayMessage => ({ type: "COUNT", units: largest(meter.units(), 0n) });

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
    ready: () => remainingUnits() > 0n,
    addTunnel(depth, socket, setPaused) {
      const metered = meter.addTunnel(depth, socket);
      const tunnel = { setPaused, paused: false };
      tunnels.add(tunnel);
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
        answer(message.channel).catch((error: unknown) => log.warn({ err: error, pair: key }, "channel not read"));
      }
    },
    attach(to) {
      send = to;
      asked = false;
      badVouchers = 0;
    },
    detach() {
      send = undefined;
      asked = false;
    },
    poll() {
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

/** A pair's metered wei, spread over its channels: older ones are used up first. */
export function spreadMetered(vouchers: readonly PairVoucher[], meteredUnits: bigint): bigint[] {
  let rest = weiOfUnits(meteredUnits);
  return vouchers.map((voucher, index) => {
    const part = index === vouchers.length - 1 ? rest : smallest(rest, voucher.cumulative);
    rest -= part;
    return part;
  });
}

function largest(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smallest(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
