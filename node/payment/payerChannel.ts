import type { Address, Hex } from "viem";
import type { Logger } from "../../runtime/logger.ts";
import type { Channel, ChannelReader } from "./channelBook.ts";
import { largest } from "./minMax.ts";
import type { PairKey } from "./pairStore.ts";
import type { VoucherJournal } from "./voucherJournal.ts";

/** A good channel is read again this often: it may be closing, or topped up. */
const REFRESH_MS = 30_000;
/** A spent one is read again this often: a top-up is awaited. */
const SPENT_MS = 3_000;
/** A missing one is looked for at first after this time, then ever more rarely. */
const FIRST_SEARCH_MS = 1_000;
const LONGEST_SEARCH_MS = 30_000;

/** The channel by which a payer pays one payee: its own, not closing, with the most deposit left. */
export interface PayerChannel {
  current(): Channel | undefined;
  /** Wei that may still be signed on it. */
  roomWei(): bigint;
  signedWei(channel: Hex): bigint;
  /** Reads the chain if it is time. `spent`: look for a top-up or another channel. */
  refresh(nowMs: number, spent: boolean): Promise<void>;
  /** The payee refused it, or one was opened: read again at the next refresh. */
  expire(): void;
}

export function createPayerChannel(deps: {
  key: PairKey;
  payer: Address;
  journal: VoucherJournal;
  reader: ChannelReader;
  /** The payee node's operator, once the directory knows it. */
  payee: () => Address | undefined;
  log: Logger;
}): PayerChannel {
  const { key, payer, journal, reader, log } = deps;
  let current: Channel | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading = false;
  let searchMs = FIRST_SEARCH_MS;

  const signedWei = (channel: Hex) => journal.highest.get(channel)?.cumulative ?? 0n;
  /** Redeemed by others' hands or signed by a lost journal: neither can be spent again. */
  const usedWei = (channel: Channel) => largest(signedWei(channel.channel), channel.redeemed);
  const roomOf = (channel: Channel) => largest(0n, channel.deposit - usedWei(channel));

  /** Two nodes of one operator must not be paid by one channel: each would count the other's vouchers as its own. */
  function usable(channel: Channel): boolean {
    const owner = journal.highest.get(channel.channel)?.pair;
    return !channel.closed && channel.closesAt === 0 && channel.signer === payer && (owner === undefined || owner === key);
  }

  async function search(payee: Address): Promise<Channel | undefined> {
    const found = (await reader.find(payer, payee)).filter(usable);
    return found.reduce<Channel | undefined>(
      (best, channel) => (best === undefined || roomOf(channel) > roomOf(best) ? channel : best),
      undefined,
    );
  }

  return {
    current: () => current,
    roomWei: () => (current === undefined ? 0n : roomOf(current)),
    signedWei,
    async refresh(nowMs, spent) {
      const payee = deps.payee();
      const waitMs = current === undefined ? searchMs : spent ? SPENT_MS : REFRESH_MS;
      if (payee === undefined || reading || nowMs - readAtMs < waitMs) return;
      reading = true;
      readAtMs = nowMs;
      try {
        const again = spent || current === undefined ? undefined : await reader.read(current.channel);
        current = again !== undefined && usable(again) ? again : await search(payee);
        searchMs = current === undefined ? Math.min(2 * searchMs, LONGEST_SEARCH_MS) : FIRST_SEARCH_MS;
      } catch (error) {
        log.warn({ err: error, pair: key }, "channel not read, will try again");
      } finally {
        reading = false;
      }
    },
    expire() {
      readAtMs = Number.NEGATIVE_INFINITY;
      searchMs = FIRST_SEARCH_MS;
    },
  };
}
