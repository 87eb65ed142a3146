import { getBlock } from "viem/actions";
import type { Reader } from "../../chain/client.ts";

/**
 * True if at least two of the RPC endpoints answer and agree on the hash of a finalized block (NET-2); true for one
 * endpoint alone, since there is nothing to compare.
 */
export async function endpointsAgree(clients: readonly Reader[]): Promise<boolean> {
  if (clients.length < 2) return true;
  const answers = await Promise.allSettled(clients.map((client) => getBlock(client, { blockTag: "finalized" })));
  const live = clients.filter((_, index) => answers[index]?.status === "fulfilled");
  const heights = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.number] : []));
  if (live.length < 2) return false;
  const common = heights.reduce((low, height) => (height < low ? height : low));
  const blocks = await Promise.all(live.map((client) => getBlock(client, { blockNumber: common })));
  return new Set(blocks.map(({ hash }) => hash)).size === 1;
}
