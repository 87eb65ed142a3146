import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { X0tError } from "../../core/x0tError.ts";
import { formatMegabytes, formatX0t } from "../../core/amounts.ts";
import { readNodeEarnings, readNodeStatus, type NodeEarnings, type NodeStatus } from "../nodeApi.ts";
import { printJson } from "../printJson.ts";

const configSchema = z.object({ api: z.object({ host: z.string(), port: z.number() }) });

/** `x0t node status`: asks the node of a home over its API. @throws X0T_NODE_DOWN */
export async function nodeStatus(flags: { home: string; json?: boolean }): Promise<void> {
  const apiUrl = await apiUrlOf(resolve(flags.home));
  const [status, earnings] = await Promise.all([readNodeStatus(apiUrl), readNodeEarnings(apiUrl)]);
  if (status === undefined || earnings === undefined) {
    throw new X0tError("X0T_NODE_DOWN", `The node does not answer at ${apiUrl}. Start it with: ./x0t node start --home ${flags.home}`, { retryable: true });
  }
  if (flags.json === true) printJson({ ...status, earnings });
  else console.log(describe(status, earnings));
}

async function apiUrlOf(home: string): Promise<string> {
  const file = join(home, "config.json");
  try {
    const { api } = configSchema.parse(JSON.parse(await readFile(file, "utf8")));
    return `http://${api.host}:${api.port}`;
  } catch (cause) {
    throw new X0tError("X0T_CONFIG", `${file} is no node's config: ${(cause as Error).message.split("\n")[0]}. Make a node with: ./x0t node init`, { cause });
  }
}

function describe(status: NodeStatus, { meteredWei, channels }: NodeEarnings): string {
  const receipts = Object.entries(status.receipts)
    .sort(([a], [b]) => Number(b) - Number(a))
    .map(([epoch, slots]) => `  epoch ${epoch}: ${Object.keys(slots).length} slots, ${Object.values(slots).reduce((sum, count) => sum + count, 0)} receipts`);
  const vouchers = channels.reduce((sum, { cumulativeWei }) => sum + cumulativeWei, 0n);
  return `node ${status.index ?? "(not registered yet)"} in ${status.region}${status.behindNat ? ", behind NAT" : ""}${status.draining ? ", draining" : ""}
${status.peers} peers, ${status.circuits} circuits, ${formatMegabytes(status.relayedBytes)} relayed
${formatX0t(meteredWei)} X0T metered, ${formatX0t(vouchers)} X0T in vouchers
receipts held:
${receipts.join("\n")}`;
}
