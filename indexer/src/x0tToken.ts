import type { Context } from "ponder:registry";
import { account, approval, burn, payment, refund, token, transfer } from "ponder:schema";
import { zeroAddress, type Address } from "viem";
import { addToDay } from "./dayRow.ts";
import { addToEpoch, epochOf } from "./epochRow.ts";
import { on, onFrequent, onRare } from "./on.ts";
import { parameters, provenance } from "./rules.ts";
import { changeSetting } from "./settings.ts";
import { addToNetwork, addToOperator } from "./sums.ts";
import { PAID, paymentKind } from "./vaults.ts";

type Db = Context["db"];
type Vault = "active" | "retired";

const TOKEN = { id: "X0T" } as const;

onFrequent("X0TToken:Transfer", async ({ event, context: { db } }) => {
  const { from, to, value: amount } = event.args;
  const now = event.block.timestamp;
  await db.insert(transfer).values({ id: event.id, from, to, amount, ...provenance(event) });
  if (from === zeroAddress) await changeSupply(db, amount, 0n);
  else await changeBalance(db, from, -amount, now);
  if (to !== zeroAddress) return changeBalance(db, to, amount, now);
  const epoch = epochOf(now);
  await db.insert(burn).values({ id: event.id, from, amount, epoch, ...provenance(event) });
  // Before the supply changes: the day begins with that of the day before.
  await addToDay(db, now, { burned: amount, supply: -amount });
  await changeSupply(db, -amount, amount);
  await addToNetwork(db, { burned: amount });
  await addToEpoch(db, epoch, now, { burned: amount });
});

/** Every approval, also one that a permit made. */
onFrequent("X0TToken:Approval", async ({ event, context: { db } }) => {
  const { owner, spender, value: amount } = event.args;
  const latest = { amount, ...provenance(event) };
  await db.insert(approval).values({ owner, spender, ...latest }).onConflictDoUpdate(latest);
});

on("X0TToken:Sealed", async ({ event, context: { db } }) => {
  const { toRewards, toTimelock } = event.args;
  await db.update(token, TOKEN).set({ sealedAt: event.block.timestamp, toRewards, toTimelock });
  await addToNetwork(db, { reserve: toRewards });
  // EpochRewards says of these only when they change.
  await changeSetting(db, "poolPerEpoch", parameters.poolPerEpoch, event);
  await changeSetting(db, "targetStake", parameters.targetStake, event);
});

on("X0TToken:Paid", async ({ event, context: { db } }) => {
  const { vault, to, net, burned } = event.args;
  const now = event.block.timestamp;
  const kind = paymentKind(vault);
  const paid = { [PAID[kind]]: net + burned };
  await db.insert(payment).values({ id: event.id, vault, kind, to, net, burned, epoch: epochOf(now), ...provenance(event) });
  await addToOperator(db, to, kind === "challenges" ? { burned, challengeIncome: net + burned } : { burned });
  await addToNetwork(db, paid);
  await addToDay(db, now, paid);
  return { account: to };
});

on("X0TToken:Refunded", async ({ event, context: { db } }) => {
  const { vault, depositor, amount } = event.args;
  await db.insert(refund).values({ id: event.id, vault, depositor, amount, ...provenance(event) });
});

on("X0TToken:VaultAdded", async ({ event, context: { db } }) => {
  await setVault(db, event.args.vault, "active", event.block.timestamp);
});

on("X0TToken:VaultRemoved", async ({ event, context: { db } }) => {
  await setVault(db, event.args.vault, "retired", event.block.timestamp);
});

// EpochRewards tells of the same migration, and keeps the row.
onRare(["X0TToken:Migrated", "X0TToken:EIP712DomainChanged"]);

async function changeBalance(db: Db, address: Address, change: bigint, updatedAt: bigint): Promise<void> {
  await db
    .insert(account)
    .values({ address, balance: change, vault: "none", updatedAt })
    .onConflictDoUpdate((known) => ({ balance: known.balance + change, updatedAt }));
}

async function changeSupply(db: Db, supply: bigint, burned: bigint): Promise<void> {
  await db
    .insert(token)
    .values({ ...TOKEN, totalSupply: supply, totalBurned: burned })
    .onConflictDoUpdate((known) => ({
      totalSupply: known.totalSupply + supply,
      totalBurned: known.totalBurned + burned,
    }));
}

async function setVault(db: Db, address: Address, vault: Vault, updatedAt: bigint): Promise<void> {
  await db.insert(account).values({ address, balance: 0n, vault, updatedAt }).onConflictDoUpdate({ vault, updatedAt });
}
