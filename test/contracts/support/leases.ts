import assert from "node:assert/strict";
import { maxUint256, parseEventLogs, type Hex } from "viem";
import { X0T } from "../../../core/parameters.ts";
import { commitArgs } from "./proofs.ts";
import {
  alice,
  bob,
  carol,
  challenger,
  EPOCH,
  epochNow,
  goTo,
  networkFixture,
  P,
  publicClient,
  SLOTS,
  time,
  wallets,
  type Protocol,
} from "./protocol.ts";

/** Node 0 and its operator; six nodes have 1,000 X0T each, so an epoch may cost 100 X0T. */
export const NODE = 0;
export const provider = wallets[1]!.account;
export const tenant = alice.account;
/** Not round, so that every rounding shows. */
export const PRICE = 10n * X0T + 7n;
/** 9 of 12 slots, exactly. */
export const MIN_UPTIME_BPS = 7_500;
export const ENOUGH = 9;
export const MAX_EPOCHS = 24;
/** The lease of `rented` covers so many epochs. */
export const TERM = 6;

/** As the contract numbers them. */
export const OUTCOME = { paid: 0, refunded: 1, burned: 2 } as const;
export const REASON = { cancelled: 0, terminated: 1, rejected: 2, threeFailures: 3 } as const;

/** Epoch e is final from the start of epoch e + FINAL_AFTER on. */
export const FINAL_AFTER = BigInt(P.commitSeconds + P.challengeSeconds + P.responseSeconds) / EPOCH + 1n;

export const burnOf = (amount: bigint) => amount / 100n;
export const netOf = (amount: bigint) => amount - burnOf(amount);

/** The network, with three who may rent. */
export async function market() {
  const protocol = await networkFixture();
  for (const { account } of [alice, bob, carol]) {
    await protocol.token.write.approve([protocol.marketplace.address, maxUint256], { account });
  }
  return { protocol, ...protocol };
}

/** Node 0 is offered as listing 1. */
export async function listed() {
  const state = await market();
  await state.marketplace.write.list([NODE, PRICE, MIN_UPTIME_BPS, MAX_EPOCHS], { account: provider });
  return { listing: 1n, ...state };
}

/** Alice rents listing 1 for TERM epochs from `first` on, as lease 1. */
export async function rented() {
  const state = await listed();
  const first = (await epochNow()) + 1n;
  await state.marketplace.write.rent([1n, TERM], { account: tenant });
  return { lease: 1n, first, end: first + BigInt(TERM), ...state };
}

/** What the node proves of an epoch: so many slots, no commit, or a commit that is challenged and not answered. */
export type Served = number | "missing" | "void";

export async function goNoEarlier(epoch: bigint, offset = 0): Promise<void> {
  if (BigInt(await time.latest()) < epoch * EPOCH + BigInt(offset)) await goTo(epoch, offset);
}

/** Commits `served` for the epochs from `first` on, each in the epoch after it. */
export async function serve(protocol: Protocol, first: bigint, served: readonly Served[], node = NODE): Promise<void> {
  const { ledger } = protocol;
  const account = wallets[node + 1]!.account;
  for (const [offset, what] of served.entries()) {
    const epoch = first + BigInt(offset);
    await goNoEarlier(epoch + 1n);
    if (what === "missing") continue;
    const slots = Array.from({ length: what === "void" ? SLOTS : what }, (_, slot) => slot);
    await ledger.write.commit([commitArgs(node, epoch, slots)], { account });
    if (what === "void") await ledger.write.challenge([node, epoch, 1n], { account: challenger.account });
  }
}

/** A lease of TERM epochs, served so, with all epochs final. */
export async function servedLease(served: readonly Served[]) {
  const state = await rented();
  await serve(state.protocol, state.first, served);
  await goTo(state.end - 1n + FINAL_AFTER);
  return state;
}

/** Wei. */
export interface Wealth {
  tenant: bigint;
  provider: bigint;
  burned: bigint;
  escrowed: bigint;
}

/** Also checks MKT-5. */
export async function wealth({ token, marketplace }: Protocol): Promise<Wealth> {
  const [ofTenant, ofProvider, burned, escrowed, held] = await Promise.all([
    token.read.balanceOf([tenant.address]),
    token.read.balanceOf([provider.address]),
    token.read.totalBurned(),
    marketplace.read.escrowed(),
    token.read.balanceOf([marketplace.address]),
  ]);
  assert.ok(held >= escrowed, "MKT-5");
  return { tenant: ofTenant, provider: ofProvider, burned, escrowed };
}

/** By how much `act` changes everybody's wealth; @returns only what changes. */
export async function changes(protocol: Protocol, act: () => Promise<unknown>): Promise<Partial<Wealth>> {
  const before = await wealth(protocol);
  await act();
  const after = await wealth(protocol);
  const names = Object.keys(before) as (keyof Wealth)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]]).filter(([, change]) => change !== 0n));
}

/** What settling comes to: epochs paid, refunded (or dropped), burned. */
export function settled(paid: number, refunded: number, burned = 0): Partial<Wealth> {
  const [gross, back, gone] = [paid, refunded, burned].map((epochs) => BigInt(epochs) * PRICE) as [bigint, bigint, bigint];
  const all = { tenant: back, provider: netOf(gross), burned: burnOf(gross) + gone, escrowed: -gross - back - gone };
  return Object.fromEntries(Object.entries(all).filter(([, change]) => change !== 0n));
}

/** The outcomes that a transaction's events tell, in their order. */
export async function outcomesOf({ marketplace }: Protocol, hash: Hex) {
  const { logs } = await publicClient.getTransactionReceipt({ hash });
  return parseEventLogs({ abi: marketplace.abi, logs, eventName: "EpochSettled" }).map(
    ({ args }) => [args.lease, BigInt(args.epoch), args.outcome] as const,
  );
}

/** How many leases a transaction ended before their time. */
export async function endsOf({ marketplace }: Protocol, hash: Hex): Promise<number> {
  const { logs } = await publicClient.getTransactionReceipt({ hash });
  return parseEventLogs({ abi: marketplace.abi, logs, eventName: "LeaseEnded" }).length;
}
