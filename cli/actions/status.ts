import { formatMegabytes, formatX0t } from "../../core/amounts.ts";
import { collectStatus, type NetworkStatus, type NodeSummary } from "../collectStatus.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { formatTable } from "../table.ts";

/** `x0t status`. */
export async function status(flags: NetworkFlags & { json?: boolean }): Promise<void> {
  const network = await findNetwork(flags);
  const found = await collectStatus(network);
  if (flags.json === true) printJson(found);
  else console.log(describe(found, network.devnet !== undefined && network.devnet.file === undefined));
}

const HEAD = ["node", "region", "up", "stake", "uptime", "relayed", "metered", "redeemed", "prepaid", "claimed"];

function describe(found: NetworkStatus, stopped: boolean): string {
  const { nodes } = found;
  const asked = nodes.filter((node) => node.up !== undefined);
  const up = asked.filter((node) => node.up).length;
  const lines = [
    `${found.network} (chain ${found.chainId}, block ${found.block}) · epoch ${found.epoch}, slot ${found.slot + 1} of ${found.slotsPerEpoch} · ` +
      `${asked.length > 0 ? `${up} of ${asked.length} nodes up` : `${nodes.length} nodes`} · ${formatX0t(found.burnedWei)} X0T burned`,
    "",
    formatTable(HEAD, nodes.map(row), HEAD.slice(3)),
    "",
    "X0T, before the burn of 1 %. uptime: proved slots of the last 12 epochs. prepaid = redeemed - metered, negative until the next redemption.",
  ];
  if (found.indexerUp === false) lines.push("The indexer does not answer: claimed rewards are not shown.");
  if (stopped) lines.push("The network is stopped or not ready yet: ./x0t up");
  return lines.join("\n");
}

function standing({ up, active, maintenance }: NodeSummary): string {
  if (up === true) return "yes";
  if (maintenance) return "maintenance";
  return up === false ? "no" : active ? "active" : "inactive";
}

function row(node: NodeSummary): string[] {
  const x0t = (wei: bigint | undefined) => (wei === undefined ? "-" : formatX0t(wei));
  const { uptime } = node;
  return [
    String(node.index),
    node.region ?? "-",
    standing(node),
    x0t(node.stakeWei),
    uptime.slots === 0 ? "-" : `${((100 * uptime.slotsUp) / uptime.slots).toFixed(1)} %${uptime.voided > 0 ? ` (${uptime.voided} void)` : ""}`,
    node.relayedBytes === undefined ? "-" : formatMegabytes(node.relayedBytes),
    x0t(node.meteredWei),
    x0t(node.redeemedWei),
    x0t(node.prepaidWei),
    x0t(node.claimedWei),
  ];
}
