import type { TxSender } from "../../chain/client.ts";
import { findChannels } from "../../chain/findChannels.ts";
import { finishCloseChannel } from "../../chain/finishCloseChannel.ts";
import { readHead } from "../../chain/readHead.ts";
import type { Channel } from "../../chain/readChannel.ts";
import { startCloseChannel } from "../../chain/startCloseChannel.ts";
import type { Address, NodeId } from "../../core/ids.ts";
import { firstLine } from "../../runtime/logError.ts";
import type { Logger } from "../../runtime/logger.ts";

export interface ChannelCloserDeps {
  sender: TxSender;
  channels: Address;
  /** Nodes that this payer has paid, or was about to, and its tunnels to them. */
  paying: () => readonly { nodeId: NodeId; tunnels: number }[];
  /** Those that it goes on paying; empty while they are not chosen. */
  guards: () => readonly NodeId[];
  operatorOf: (nodeId: NodeId) => Address | undefined;
  intervalMs: number;
  log: Logger;
}

/** Brings back what is left on channels to guards that were dropped (CHN-2). */
export interface ChannelCloser {
  /** One round; may be repeated at any time, also after a crash: what to do next stands on the chain. */
  run(signal: AbortSignal): Promise<void>;
  start(): void;
  close(): void;
}

/**
 * For each channel of a dropped guard's operator:
 *   open ──startClose──▶ closing, its payee redeems meanwhile ──window over: finishClose──▶ closed
 */
export function createChannelCloser(deps: ChannelCloserDeps): ChannelCloser {
  const { sender, channels, log } = deps;
  const payer = sender.account;
  const stop = new AbortController();
  /** Nothing of theirs is left; looked at again after a restart. */
  const done = new Set<NodeId>();
  let timer: NodeJS.Timeout | undefined;
  let told = "";

  async function next(channel: Channel, timestamp: number, signal: AbortSignal): Promise<void> {
    const { channel: id, deposit, redeemed, closesAt } = channel;
    if (closesAt === 0) {
      await startCloseChannel(sender, { channels, channel: id }, signal);
      log.info({ channel: id }, "the channel to a dropped guard closes: its rest comes back after the close window");
    } else if (timestamp >= closesAt) {
      await finishCloseChannel(sender, { channels, channel: id }, signal);
      log.info({ channel: id, restWei: String(deposit - redeemed) }, "the rest of a dropped guard's channel came back");
    }
  }

  async function settle(nodeId: NodeId, payee: Address, timestamp: number, signal: AbortSignal): Promise<void> {
    const found = await findChannels(sender.client, { channels, payer, payee });
    // Others' vouchers are not ours to end, and an empty channel is not worth its gas.
    const open = found.filter(({ signer, closed, deposit, redeemed }) => signer === payer && !closed && deposit > redeemed);
    if (open.length === 0) done.add(nodeId);
    for (const channel of open) await next(channel, timestamp, signal);
  }

  async function run(signal: AbortSignal): Promise<void> {
    const guards = new Set(deps.guards());
    if (guards.size === 0) return;
    // A channel names the operator: one guard of it that is still in use keeps all of them.
    const kept = new Set([...guards].map((nodeId) => deps.operatorOf(nodeId)));
    const dropped = deps.paying().filter(({ nodeId, tunnels }) => !guards.has(nodeId) && !done.has(nodeId) && tunnels === 0);
    if (dropped.length === 0 || kept.has(undefined)) return;
    const { timestamp } = await readHead(sender.client);
    for (const { nodeId } of dropped) {
      const operator = deps.operatorOf(nodeId);
      if (operator === undefined || kept.has(operator)) continue;
      signal.throwIfAborted();
      await settle(nodeId, operator, timestamp, signal);
    }
  }

  async function round(): Promise<void> {
    try {
      await run(stop.signal);
      told = "";
    } catch (error) {
      const reason = firstLine(error);
      if (reason !== told && !stop.signal.aborted) log.warn({ reason }, "a dropped guard's channel is not closed yet: trying again");
      told = reason;
    }
    if (!stop.signal.aborted) timer = setTimeout(() => void round(), deps.intervalMs * (0.5 + Math.random()));
  }

  return {
    run,
    start() {
      timer = setTimeout(() => void round(), deps.intervalMs * Math.random());
    },
    close() {
      clearTimeout(timer);
      stop.abort(new Error("the client is stopping"));
    },
  };
}
