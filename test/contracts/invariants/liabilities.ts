import assert from "node:assert/strict";
import type { Address } from "viem";
import { P, publicClient, type Protocol } from "../support/protocol.ts";

export interface Vault {
  owedWei: bigint;
  heldWei: bigint;
}

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

/** What each vault owes, from its own books and events alone, and what it holds. */
export async function vaultsOf(protocol: Protocol): Promise<Record<"registry" | "ledger" | "rewards" | "channels" | "marketplace", Vault>> {
  const { registry, ledger, rewards, channels, marketplace } = protocol;
  const held = async (of: { address: Address }) => protocol.token.read.balanceOf([of.address]);
  return {
    registry: { owedWei: await stakes(protocol), heldWei: await held(registry) },
    ledger: { owedWei: await openBonds(protocol), heldWei: await held(ledger) },
    rewards: { owedWei: await unclaimed(protocol), heldWei: await held(rewards) },
    channels: { owedWei: await deposits(protocol), heldWei: await held(channels) },
    marketplace: { owedWei: await escrow(protocol), heldWei: await held(marketplace) },
  };
}

/** TOK-5 over everybody who ever received X0T. */
export async function assertSupply({ token }: Protocol): Promise<void> {
  const transfers = await publicClient.getContractEvents({ address: token.address, abi: token.abi, eventName: "Transfer", fromBlock: 0n });
  const holders = [...new Set(transfers.map(({ args }) => args.to!))].filter((to) => BigInt(to) !== 0n);
  const balances = await Promise.all(holders.map((holder) => token.read.balanceOf([holder])));
  const supply = await token.read.totalSupply();
  assert.equal(sum(balances), supply, "TOK-5 balances");
  assert.equal(supply, 10n ** 27n - (await token.read.totalBurned()), "TOK-5 supply");
}

async function stakes({ registry }: Protocol): Promise<bigint> {
  const nodes = await Promise.all(Array.from({ length: await registry.read.nodeCount() }, (_, node) => registry.read.getNode([node])));
  return sum(nodes.map(({ stake, unbonding }) => stake + unbonding));
}

async function openBonds({ ledger }: Protocol): Promise<bigint> {
  const events = await publicClient.getContractEvents({ address: ledger.address, abi: ledger.abi, eventName: "Challenged", fromBlock: 0n });
  const challenges = await Promise.all(events.map(({ args }) => ledger.read.challengeOf([args.node!, args.epoch!, args.challengeId!])));
  return BigInt(challenges.filter(({ closed }) => !closed).length) * P.challengeBond;
}

async function unclaimed({ rewards }: Protocol): Promise<bigint> {
  const at = { address: rewards.address, abi: rewards.abi, fromBlock: 0n } as const;
  const opened = await publicClient.getContractEvents({ ...at, eventName: "EpochOpened" });
  const claimed = await publicClient.getContractEvents({ ...at, eventName: "Claimed" });
  return sum(opened.map(({ args }) => args.earned!)) - sum(claimed.map(({ args }) => args.amount!));
}

async function deposits({ channels }: Protocol): Promise<bigint> {
  const opened = await publicClient.getContractEvents({ address: channels.address, abi: channels.abi, eventName: "ChannelOpened", fromBlock: 0n });
  const list = await Promise.all(opened.map(({ args }) => channels.read.channelOf([args.channel!])));
  return sum(list.filter(({ closed }) => !closed).map(({ deposit, redeemed }) => deposit - redeemed));
}

async function escrow({ marketplace }: Protocol): Promise<bigint> {
  const count = Number(await marketplace.read.leaseCount());
  const leases = await Promise.all(Array.from({ length: count }, (_, lease) => marketplace.read.leaseOf([BigInt(lease + 1)])));
  const locked = sum(leases.map(({ pricePerEpoch, end, next }) => pricePerEpoch * BigInt(end - next)));
  assert.equal(await marketplace.read.escrowed(), locked, "MKT-5 escrowed");
  return locked;
}
