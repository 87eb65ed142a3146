import { UNIT_WEI } from "../../core/parameters.ts";
import type { ChannelBook } from "./channelBook.ts";
import { MAX_DEPTH } from "./meter.ts";
import type { PayeeCore } from "./payeeTypes.ts";
import { LEAST_PREPAY_PACKETS } from "./prepay.ts";
import type { VoucherJournal } from "./voucherJournal.ts";

/** What a client that is forgotten may lose: the prepay of its last connection. */
const MOST_UNSPENT_UNITS = BigInt(LEAST_PREPAY_PACKETS * (MAX_DEPTH + 1));

/**
 * Clients whose books may be closed, longest unseen first: not connected, nothing left to redeem by what was last read of
 * the chain, and next to nothing left to serve. If one comes back, the chain says what it has redeemed (PAY-2).
 * @param payees in the order in which they were last seen
 */
export function settledClients(payees: Iterable<PayeeCore>, received: VoucherJournal, book: ChannelBook, most: number): PayeeCore[] {
  const owed = new Set<string>();
  for (const { pair, channel: id, cumulative } of received.highest.values()) {
    const channel = book.cached(id);
    if (channel === undefined || (!channel.closed && channel.redeemed < cumulative)) owed.add(pair);
  }
  const settled: PayeeCore[] = [];
  for (const payee of payees) {
    if (settled.length === most) break;
    const isClient = payee.key.startsWith("client:");
    if (!isClient || payee.attached() || payee.meter.openTunnels() > 0 || owed.has(payee.key)) continue;
    if (payee.highestVoucher() / UNIT_WEI - payee.meteredUnits() <= MOST_UNSPENT_UNITS) settled.push(payee);
  }
  return settled;
}
