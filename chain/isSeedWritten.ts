import type { Address } from "viem";
import { fallbackSeed } from "../core/committee.ts";
import type { Reader } from "./client.ts";
import { readSeed } from "./readSeed.ts";

const LOOKBACK = 24;
const NO_SEED = `0x${"00".repeat(32)}` as const;

/**
 * True if somebody poked the seed of `epoch`, by its value alone: an unwritten one is a hash of the last written before.
 * After more than 24 epochs without a poke it says true; then the next commit writes the seed by itself.
 */
export async function isSeedWritten(client: Reader, parameters: { ledger: Address; epoch: number }): Promise<boolean> {
  const { ledger, epoch } = parameters;
  const earlier = Array.from({ length: Math.min(LOOKBACK, epoch) }, (_, back) => epoch - 1 - back);
  const [seed, ...seeds] = await Promise.all([epoch, ...earlier].map((at) => readSeed(client, { ledger, epoch: at })));
  return ![...seeds, NO_SEED].some((last) => fallbackSeed(last, BigInt(epoch)) === seed);
}
