import { getBlock } from "viem/actions";
import type { Reader } from "./client.ts";

/** The latest block: its number, and its timestamp in seconds since 1970. */
export async function readHead(client: Reader): Promise<{ number: bigint; timestamp: number }> {
  const block = await getBlock(client, { blockTag: "latest" });
  return { number: block.number, timestamp: Number(block.timestamp) };
}
