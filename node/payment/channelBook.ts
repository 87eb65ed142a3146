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

/** Channels as last read; concurrent questions share one call. */
export interface ChannelBook {
  /** @param maxAgeMs what was read so recently is not read again. Unknown channels are remembered too. */
  get(channel: Hex, maxAgeMs: number): Promise<Channel | undefined>;
  cached(channel: Hex): Channel | undefined;
}

export function createChannelBook(reader: ChannelReader, now: () => number): ChannelBook {
  const entries = new Map<Hex, { atMs: number; channel: Channel | undefined }>();
  const reading = new Map<Hex, Promise<Channel | undefined>>();
  return {
    cached: (channel) => entries.get(channel)?.channel,
    get(channel, maxAgeMs) {
      const known = entries.get(channel);
      if (known !== undefined && now() - known.atMs <= maxAgeMs) return Promise.resolve(known.channel);
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
          .finally(() => reading.delete(channel));
        reading.set(channel, call);
      }
      return call;
    },
  };
}
