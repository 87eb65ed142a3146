import type { Hex } from "viem";
import { weiOfUnits } from "../../core/metering.ts";
import type { NodeId } from "../../core/ids.ts";
import type { ChannelBook } from "./channelBook.ts";
import { smallest } from "./minMax.ts";
import type { PayeeCore } from "./payeeTypes.ts";
import type { PayerCore } from "./payerTypes.ts";
import type { PairVoucher, VoucherJournal } from "./voucherJournal.ts";

/** `GET /v1/earnings` (NET-24). Amounts are decimal strings. */
export interface EarningsReport {
  /** Units of 0.0001 X0T that others used at this node. */
  meteredUnits: string;
  meteredWei: string;
  channels: {
    channel: Hex;
    /** NET-22: a client's address stays out of every report. */
    payer: "client" | NodeId;
    /** The highest voucher held. */
    cumulativeWei: string;
    meteredWei: string;
    /** As last read from the chain. */
    redeemedWei: string;
  }[];
  paid: {
    channel: Hex | null;
    payee: NodeId;
    /** Over all channels to this payee. */
    signedWei: string;
    meteredWei: string;
    /** Of `channel`: what was put in, and what of it may still be signed. Null while no channel is known. */
    depositWei: string | null;
    leftWei: string | null;
  }[];
}

export function earningsOf(
  payees: readonly PayeeCore[],
  payers: readonly PayerCore[],
  received: VoucherJournal,
  book: ChannelBook,
): EarningsReport {
  const meteredUnits = payees.reduce((sum, payee) => sum + payee.meteredUnits(), 0n);
  return {
    meteredUnits: meteredUnits.toString(),
    meteredWei: weiOfUnits(meteredUnits).toString(),
    channels: payees.flatMap((payee) => channelsOf(payee, received, book)),
    paid: payers.map((payer) => ({
      channel: payer.channelId() ?? null,
      payee: payer.key.slice("to:".length) as NodeId,
      signedWei: payer.signedWei().toString(),
      meteredWei: weiOfUnits(payer.meter.units()).toString(),
      depositWei: payer.deposit()?.depositWei.toString() ?? null,
      leftWei: payer.deposit()?.leftWei.toString() ?? null,
    })),
  };
}

function channelsOf(payee: PayeeCore, received: VoucherJournal, book: ChannelBook): EarningsReport["channels"] {
  const vouchers: PairVoucher[] = [...received.highest.values()].filter((voucher) => voucher.pair === payee.key);
  const metered = spreadMetered(vouchers, payee.meteredUnits());
  return vouchers.map(({ channel, cumulative }, index) => ({
    channel,
    payer: payee.key.startsWith("client:") ? "client" : (payee.key.slice("from:".length) as NodeId),
    cumulativeWei: cumulative.toString(),
    meteredWei: (metered[index] ?? 0n).toString(),
    redeemedWei: (book.cached(channel)?.redeemed ?? 0n).toString(),
  }));
}

/** A pair's metered wei, spread over its channels: older ones are used up first. */
function spreadMetered(vouchers: readonly PairVoucher[], meteredUnits: bigint): bigint[] {
  let rest = weiOfUnits(meteredUnits);
  return vouchers.map((voucher, index) => {
    const part = index === vouchers.length - 1 ? rest : smallest(rest, voucher.cumulative);
    rest -= part;
    return part;
  });
}
