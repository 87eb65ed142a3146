import { account } from "ponder:schema";
import type { Context } from "ponder:registry";
import type { Address } from "viem";
import { addressBook } from "./rules.ts";

type Db = Context["db"];

/** What a vault pays for. */
export type PaymentKind = "rewards" | "channels" | "leases" | "challenges" | "other";

/** The column of days and of the network that sums a kind of payment. */
export const PAID = {
  rewards: "paidRewards",
  channels: "paidChannels",
  leases: "paidLeases",
  challenges: "paidChallenges",
  other: "paidOther",
} as const satisfies Record<PaymentKind, string>;

const { EpochRewards, RelayChannels, Marketplace, NodeRegistry } = addressBook.contracts;
const KINDS = new Map<string, PaymentKind>([
  [EpochRewards.toLowerCase(), "rewards"],
  [RelayChannels.toLowerCase(), "channels"],
  [Marketplace.toLowerCase(), "leases"],
  // REG-4: the challenger's part of a slash is all that the registry pays.
  [NodeRegistry.toLowerCase(), "challenges"],
]);

export function paymentKind(vault: Address): PaymentKind {
  return KINDS.get(vault.toLowerCase()) ?? "other";
}

/** What the rewards vault holds, wei. */
export async function rewardsBalance(db: Db): Promise<bigint> {
  return (await db.find(account, { address: EpochRewards }))?.balance ?? 0n;
}
