import type { Hex } from "viem";
import { weiOfUnits } from "../../core/metering.ts";
import { UNIT_WEI } from "../../core/parameters.ts";
import { createGapWatch } from "./gapWatch.ts";
import { MAX_DEPTH, PREFACE_BYTES } from "./meter.ts";
import { largest, smallest } from "./minMax.ts";
import { paidTo } from "./payee.ts";
import type { Send } from "./payeeTypes.ts";
import type { PayerCore, PayerDeps } from "./payerTypes.ts";
import { STOP_BAD_VOUCHER, type PayMessage } from "./payMessage.ts";
import { createPrepayPolicy, CREDIT_PACKETS, LEAST_PREPAY_PACKETS } from "./prepay.ts";
import { recoverVoucherSigner } from "./voucherSignature.ts";

/** Bytes that the payee counts before they reach us: prepaying runs that far ahead of our own meter. */
const IN_FLIGHT_PACKETS = 50n;
/** What may have come before a crash of ours on top of what we signed: the payee's credit, and what was under way. */
const MOST_UNSIGNED_UNITS = (BigInt(CREDIT_PACKETS) + IN_FLIGHT_PACKETS) * BigInt(MAX_DEPTH + 1);
/** LAST is asked for again so often while tunnels are open: it heals a lost voucher and measures the round trip. */
const ASK_EVERY_MS = 5_000;
const ASK_AGAIN_MS = 1_000;
/** After a STOP nothing is asked or paid for so long. */
const STOPPED_MS = 5_000;
const UNKNOWN_RTT_MS = 100;

/**
 *  detached ──attach──▶ asking ──LAST, COUNT──▶ synced ──gap──▶ disputed ──penalty──▶ synced
 *  After a crash of ours the first LAST and COUNT give back what was lost (plan of recovery: docs/spec/payments.md).
 */
export function createPayer(deps: PayerDeps): PayerCore {
  const { key, meter, journal, channel, metrics, log, now } = deps;
  const policy = createPrepayPolicy();
  const gap = createGapWatch();
  let signedWei = paidTo(journal, key);
  let send: Send | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let askOpen = false;
  let rttMs = UNKNOWN_RTT_MS;
  let lastSeen = false;
  let synced = false;
  let proofDue = false;
  let adopted = false;
  let countUnits = 0n;
  let stoppedUntilMs = Number.NEGATIVE_INFINITY;
  let signing = false;
  let unitsAtVoucher = meter.units();
  let prepayUnits = 0n;
  let spent = false;
  let closed = false;

  function unsync(): void {
    synced = false;
    lastSeen = false;
    askOpen = false;
    askedAtMs = Number.NEGATIVE_INFINITY;
  }

  function ask(nowMs: number): void {
    const current = channel.current();
    if (send === undefined || current === undefined || nowMs < stoppedUntilMs) return;
    const waitMs = synced ? ASK_EVERY_MS : ASK_AGAIN_MS;
    if (nowMs - askedAtMs < waitMs || (synced && meter.openTunnels() === 0 && !deps.proveOnAttach)) return;
    askedAtMs = nowMs;
    askOpen = true;
    send({ type: "LAST_REQUEST", channel: current.channel, units: largest(meter.units(), 0n) });
  }

  /** Units that should be signed for by now; undefined: enough is. */
  function wantedUnits(): bigint | undefined {
    const own = meter.units();
    const perPacket = BigInt(meter.unitsPerPacket());
    const signed = signedWei / UNIT_WEI;
    if (meter.openTunnels() === 0 && !deps.proveOnAttach) return own > signed ? own : undefined;
    const underWay = gap.disputed() ? own : smallest(countUnits, own + IN_FLIGHT_PACKETS * perPacket);
    const base = largest(own, underWay);
    const prepay = gap.disputed() ? BigInt(LEAST_PREPAY_PACKETS) * perPacket : policy.sizeUnits(rttMs, Number(perPacket));
    if (!proofDue && signed - base > prepay / 2n) return undefined;
    // NET-19: doubling after service. Half of what was prepaid must really have been metered here.
    if (prepayUnits > 0n && own - unitsAtVoucher >= prepayUnits / 2n && !gap.disputed()) policy.served();
    prepayUnits = prepay;
    unitsAtVoucher = own;
    return proofDue ? largest(base + prepay, signed + 1n) : base + prepay;
  }

  function pay(): void {
    const current = channel.current();
    if (send === undefined || !synced || signing || closed || current === undefined) return;
    const room = channel.roomWei();
    if (room === 0n) return;
    const wanted = wantedUnits();
    if (wanted === undefined) return;
    const more = smallest(weiOfUnits(wanted) - signedWei, room);
    if (more <= 0n) return;
    signing = true;
    sign(current.channel, current.deposit - room + more)
      .catch((error: unknown) => {
        stoppedUntilMs = now() + STOPPED_MS;
        unsync();
        log.error({ err: error, pair: key }, "no voucher could be written: paying stops");
      })
      .finally(() => (signing = false));
  }

  async function sign(id: Hex, cumulative: bigint): Promise<void> {
    const before = channel.signedWei(id);
    const signature = await deps.signer.sign(id, cumulative);
    keep(id, cumulative, signature, before);
    proofDue = false;
    metrics.vouchers.inc({ direction: "spent" });
    deps.onVoucher((cumulative - before) / UNIT_WEI);
    send?.({ type: "PAY", channel: id, cumulative, signature });
  }

  /** NET-19: a voucher is written before it is used. */
  function keep(id: Hex, cumulative: bigint, signature: Hex, before: bigint): void {
    journal.append({ channel: id, cumulative, signature, pair: key });
    signedWei += cumulative - before;
  }

  async function onLast(message: Extract<PayMessage, { type: "LAST" }>): Promise<void> {
    if (message.channel !== channel.current()?.channel || signing) return;
    if (askOpen) rttMs = Math.max(0, now() - askedAtMs);
    askOpen = false;
    const before = channel.signedWei(message.channel);
    const highest = journal.highest.get(message.channel);
    if (message.cumulative > before) {
      if ((await recoverVoucherSigner(deps.domain, message)) !== deps.signer.address) {
        log.error({ pair: key }, "the payee shows a voucher that we never signed: not paying it");
        return;
      }
      if (channel.signedWei(message.channel) !== before) return;
      keep(message.channel, message.cumulative, message.signature, before);
      log.warn({ pair: key, cumulative: message.cumulative.toString() }, "voucher recovered from the payee after a crash");
    } else if (highest !== undefined && message.cumulative < highest.cumulative) {
      send?.({ type: "PAY", channel: highest.channel, cumulative: highest.cumulative, signature: highest.signature });
    }
    lastSeen = true;
    if (pendingCount !== undefined) onCount(pendingCount);
  }

  let pendingCount: bigint | undefined;

  function onCount(units: bigint): void {
    pendingCount = lastSeen ? undefined : units;
    if (!lastSeen) return;
    countUnits = units;
    if (synced) {
      const before = gap.disputed();
      gap.observe(now(), meter.units(), units, meter.unitsPerPacket());
      if (gap.disputed() && !before) onDispute(units);
      return;
    }
    synced = true;
    gap.restart();
    if (!adopted) settle(largest(meter.units(), smallest(units, signedWei / UNIT_WEI + MOST_UNSIGNED_UNITS)));
    adopted = true;
    pay();
  }

  function onDispute(units: bigint): void {
    metrics.disputes.inc();
    policy.reset();
    log.warn({ pair: key, own: meter.units().toString(), count: units.toString() }, "meters disagree: no new tunnels");
  }

  /** From here on our meter continues at `units`. */
  function settle(units: bigint): void {
    const difference = units - meter.units();
    if (difference === 0n) return;
    meter.continueAt(units);
    unitsAtVoucher = meter.units();
    deps.onChange();
    log.info({ pair: key, units: difference.toString() }, "meter settled with the payee's");
  }

  function onStop(code: number): void {
    const level = code === STOP_BAD_VOUCHER ? "error" : "warn";
    log[level]({ pair: key, code }, "the payee does not credit our vouchers");
    stoppedUntilMs = now() + STOPPED_MS;
    channel.expire();
    unsync();
  }

  function watchDeposit(nowMs: number): void {
    const before = channel.current()?.channel;
    const least = weiOfUnits(BigInt(LEAST_PREPAY_PACKETS * meter.unitsPerPacket()));
    const left = channel.roomWei() + signedWei - weiOfUnits(meter.units());
    const nowSpent = before !== undefined && left < least;
    if (nowSpent !== spent) {
      spent = nowSpent;
      metrics.exhausted.inc(spent ? 1 : -1);
      const fields = { pair: key, channel: before, leftWei: left.toString() };
      if (spent) log.warn(fields, "channel exhausted: no new tunnels until it is topped up");
      else log.info(fields, "channel has deposit again");
    }
    void channel.refresh(nowMs, spent || left < 2n * least).then(() => {
      if (channel.current()?.channel === before) return;
      unsync();
      ask(now());
    });
  }

  return {
    key,
    meter,
    signedWei: () => signedWei,
    channelId: () => channel.current()?.channel,
    deposit() {
      const current = channel.current();
      return current && { depositWei: current.deposit, leftWei: channel.roomWei() };
    },
    exhausted: () => spent,
    ready: () => send !== undefined && synced && !spent && !gap.disputed() && !closed && channel.current() !== undefined,
    addTunnel(depth, socket, alreadyRead = PREFACE_BYTES) {
      const metered = meter.addTunnel(depth, socket, alreadyRead);
      deps.onTunnel();
      pay();
      return () => {
        metered.remove();
        deps.onChange();
      };
    },
    onMessage(message) {
      if (message.type === "LAST") {
        onLast(message).catch((error: unknown) => log.error({ err: error, pair: key }, "voucher not recovered"));
      } else if (message.type === "COUNT") onCount(message.units);
      else if (message.type === "STOP") onStop(message.code);
    },
    attach(to) {
      send = to;
      unsync();
      proofDue = deps.proveOnAttach;
      ask(now());
    },
    detach() {
      send = undefined;
      unsync();
    },
    poll(nowMs) {
      const came = meter.poll();
      policy.observe(nowMs, meter.exactUnits());
      pay();
      return came;
    },
    tick(nowMs) {
      watchDeposit(nowMs);
      if (gap.takeSettlement(nowMs)) settle(smallest(countUnits, signedWei / UNIT_WEI));
      ask(nowMs);
    },
    lookAgain() {
      channel.expire();
      watchDeposit(now());
    },
    close() {
      closed = true;
      send = undefined;
    },
  };
}
