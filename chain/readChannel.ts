import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import type { Reader } from "./client.ts";

const ZERO = "0x0000000000000000000000000000000000000000";

/** A channel, amounts in wei. */
export interface Channel {
  channel: Hex;
  payer: Address;
  payee: Address;
  signer: Address;
  deposit: bigint;
  redeemed: bigint;
  /** 0 while open, else when `finishCloseChannel` works, seconds since 1970. */
  closesAt: number;
  closed: boolean;
}

/** One channel; undefined if nobody opened it. */
export async function readChannel(
  client: Reader,
  parameters: { channels: Address; channel: Hex },
): Promise<Channel | undefined> {
  const { channels, channel } = parameters;
  const state = await readContract(client, {
    address: channels,
    abi: relayChannelsAbi,
    functionName: "channelOf",
    args: [channel],
  });
  if (state.payer === ZERO) return undefined;
  return { ...state, channel, closesAt: Number(state.closesAt) };
}
