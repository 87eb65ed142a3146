import { setTimeout as delay } from "node:timers/promises";
import { readContract } from "viem/actions";
import { createReader } from "../chain/createReader.ts";
import { readHead } from "../chain/readHead.ts";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import { epochAt, slotAt } from "../core/epochTime.ts";
import { devnetParameters } from "../core/parameters.ts";
import type { Devnet } from "../devnet/up.ts";
import { formatMegabytes, formatX0t } from "../core/amounts.ts";
import { readLive } from "./collectStatus.ts";
import type { Screen, ScreenProgress } from "./progress.ts";

const LIVE_EVERY_MS = 2_000;

/** One line that follows the network: redrawn in place on a terminal, once an epoch elsewhere, not at all without a screen. */
export function showStatusLine(screen: Screen | undefined, devnet: Devnet, progress: ScreenProgress): { close(): void } {
  const closed = new AbortController();
  if (screen !== undefined) void follow(screen, devnet, progress, closed.signal);
  return {
    close() {
      closed.abort();
      progress.footer("");
    },
  };
}

async function follow(screen: Screen, devnet: Devnet, progress: ScreenProgress, signal: AbortSignal): Promise<void> {
  const read = statusReader(devnet);
  let lastEpoch = -1;
  while (!signal.aborted) {
    const status = await read().catch(() => undefined);
    if (signal.aborted) return;
    if (screen.isTTY === true) progress.footer(status?.line ?? "the chain does not answer");
    else if (status !== undefined && status.epoch !== lastEpoch) {
      lastEpoch = status.epoch;
      screen.write(`${status.line}\n`);
    }
    await delay(LIVE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function statusReader({ file, genesis }: Devnet) {
  const client = createReader({ chainId: file.chainId, rpcUrls: [file.rpcUrl] });
  const network = { client, contracts: genesis.contracts };
  const parameters = devnetParameters(genesis.settings.epochSeconds);
  return async (): Promise<{ epoch: number; line: string }> => {
    const [{ timestamp }, burned, live] = await Promise.all([
      readHead(client),
      readContract(client, { address: file.contracts.X0TToken, abi: x0tTokenAbi, functionName: "totalBurned" }),
      Promise.all(file.nodes.map(({ apiUrl }) => readLive(network, apiUrl))),
    ]);
    const up = live.filter((node) => node.up);
    const relayed = live.reduce((sum, { relayedBytes }) => sum + (relayedBytes ?? 0n), 0n);
    const redeemed = live.reduce((sum, { redeemedWei }) => sum + (redeemedWei ?? 0n), 0n);
    const epoch = epochAt(parameters, timestamp);
    const slot = slotAt(parameters, timestamp) + 1;
    return {
      epoch,
      line:
        `epoch ${epoch} · slot ${slot}/${parameters.slotsPerEpoch} · ${up.length}/${file.nodes.length} nodes up · ` +
        `${formatMegabytes(relayed)} relayed · ${formatX0t(redeemed)} X0T redeemed · ${formatX0t(burned)} burned`,
    };
  };
}
