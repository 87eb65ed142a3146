import { encodeAbiParameters, keccak256, type Address, type Hex } from "viem";
import { readContract } from "viem/actions";
import { relayChannelsAbi } from "../core/abi/RelayChannels.ts";
import type { Reader } from "./client.ts";
import { readChannel, type Channel } from "./readChannel.ts";
import { readPaged } from "./readPaged.ts";

/** A pair opens a new channel only when the last one closes: older ones than these are closed. */
const NEWEST = 64;

/** keccak256(abi.encode(payer, payee, nonce)), as RelayChannels names its channels (CHN-1). */
export function channelId(payer: Address, payee: Address, nonce: bigint): Hex {
  return keccak256(
    encodeAbiParameters([{ type: "address" }, { type: "address" }, { type: "uint256" }], [payer, payee, nonce]),
  );
}

/** The newest 64 channels that `payer` opened to `payee`, oldest first. Reads state only, never logs. */
export async function findChannels(
  client: Reader,
  parameters: { channels: Address; payer: Address; payee: Address },
): Promise<Channel[]> {
  const { channels, payer, payee } = parameters;
  const nonce = await readContract(client, {
    address: channels,
    abi: relayChannelsAbi,
    functionName: "nonceOf",
    args: [payer, payee],
  });
  const first = nonce > BigInt(NEWEST) ? nonce - BigInt(NEWEST) : 0n;
  const found = await readPaged(Number(nonce - first), (index) =>
    readChannel(client, { channels, channel: channelId(payer, payee, first + BigInt(index)) }),
  );
  return found.filter((channel) => channel !== undefined);
}
