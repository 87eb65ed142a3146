import { ponder, type Context } from "ponder:registry";
import { account, burn, payment, token, transfer } from "ponder:schema";
import { zeroAddress, type Address } from "viem";
import { epochOf, updateEpoch } from "./epochRow.ts";
import { provenance } from "./rules.ts";

type Db = Context["db"];
type Vault = "active" | "retired";

const TOKEN = { id: "X0T" } as const;

ponder.on("X0TToken:Transfer", async ({ event, context: { db } }) => {
  const { from, to, value: amount } = event.args;
  const now = event.block.timestamp;
  await db.insert(transfer).values({ id: event.id, from, to, amount, ...provenance(event) });
  if (from === zeroAddress) await changeSupply(db, amount, 0n);
  else await changeBalance(db, from, -amount, now);
  if (to !== zeroAddress) return changeBalance(db, to, amount, now);
  const epoch = epochOf(now);
  await db.insert(burn).values({ id: event.id, from, amount, epoch, ...provenance(event) });
  await changeSupply(db, -amount, amount);
  await updateEpoch(db, epoch, now, (period) => ({ burned: period.burned + amount }));
});

ponder.on("X0TToken:Paid", async ({ event, context: { db } }) => {
  const { vault, to, net, burned } = event.args;
  const epoch = epochOf(event.block.timestamp);
  await db.insert(payment).values({ id: event.id, vault, to, net, burned, epoch, ...provenance(event) });
});

ponder.on("X0TToken:VaultAdded", async ({ event, context: { db } }) => {
  await setVault(db, event.args.vault, "active", event.block.timestamp);
});

ponder.on("X0TToken:VaultRemoved", async ({ event, context: { db } }) => {
  await setVault(db, event.args.vault, "retired", event.block.timestamp);
});

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
