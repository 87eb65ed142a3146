import type { Address, Hex } from "viem";
import type { Reader } from "../../chain/client.ts";
import { findChannels } from "../../chain/findChannels.ts";
import { readChannel, type Channel } from "../../chain/readChannel.ts";

export type { Channel };

/** What payments ask of the chain; tests put a map in its place. */
export interface ChannelReader {
  /** undefined if nobody opened it. */
  read(channel: Hex): Promise<Channel | undefined>;
  find(payer: Address, payee: Address): Promise<Channel[]>;
}

export function chainChannelReader(client: Reader, channels: Address): ChannelReader {
  return {
    read: (channel) => readChannel(client, { channels, channel }),
    find: (payer, payee) => findChannels(client, { channels, payer, payee }),
  };
}

/** Channels that strangers may name are remembered up to this number, oldest out first. */
const MOST_CHANNELS = 20_000;
/** One that nobody has opened may be opened in the next block. */
const UNKNOWN_MAX_AGE_MS = 2_000;

/** Channels as last read; concurrent questions share one call. */
export interface ChannelBook {
  /**
   * @param maxAgeMs what was read so recently is not read again
   * @throws if the chain cannot be read and what is known is older than `staleMs`
   */
  get(channel: Hex, maxAgeMs: number): Promise<Channel | undefined>;
  cached(channel: Hex): Channel | undefined;
  /** Reads at most `most` of those that are older than `maxAgeMs`; failures are for the next time. */
  refreshSome(channels: Iterable<Hex>, maxAgeMs: number, most: number): void;
}

/** @param staleMs without the chain, a channel read so recently still counts: nobody can have closed it yet (CHN-2) */
export function createChannelBook(reader: ChannelReader, now: () => number, staleMs: number): ChannelBook {
  const entries = new Map<Hex, { atMs: number; channel: Channel | undefined }>();
  const reading = new Map<Hex, Promise<Channel | undefined>>();
  function get(channel: Hex, maxAgeMs: number): Promise<Channel | undefined> {
    const known = entries.get(channel);
    const ageMs = known?.channel === undefined ? Math.min(maxAgeMs, UNKNOWN_MAX_AGE_MS) : maxAgeMs;
    if (known !== undefined && now() - known.atMs <= ageMs) return Promise.resolve(known.channel);
    let call = reading.get(channel);
    if (call === undefined) {
      call = reader
        .read(channel)
        .then((read) => {
          entries.delete(channel);
          entries.set(channel, { atMs: now(), channel: read });
          const oldest = entries.keys().next().value;
          if (entries.size > MOST_CHANNELS && oldest !== undefined) entries.delete(oldest);
          return read;
        })
        .catch((error: unknown) => {
          if (known === undefined || now() - known.atMs > staleMs) throw error;
          return known.channel;
        })
        .finally(() => reading.delete(channel));
      reading.set(channel, call);
    }
    return call;
  }

  return {
    get,
    cached: (channel) => entries.get(channel)?.channel,
    refreshSome(channels, maxAgeMs, most) {
      let left = most;
      for (const channel of channels) {
        if (left === 0) return;
        const known = entries.get(channel);
        if ((known !== undefined && now() - known.atMs <= maxAgeMs) || reading.has(channel)) continue;
        left--;
        get(channel, maxAgeMs).catch(() => undefined);
      }
    },
  };
}
