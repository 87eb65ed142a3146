import { index, onchainTable, primaryKey } from "ponder";

export const channel = onchainTable(
  "channel",
  (t) => ({
    id: t.hex().primaryKey(),
    payer: t.hex().notNull(),
    payee: t.hex().notNull(),
    signer: t.hex().notNull(),
    deposit: t.bigint().notNull(),
    redeemed: t.bigint().notNull(),
    redemptionCount: t.integer().notNull(),
    /** Null while open. */
    closesAt: t.bigint(),
    closed: t.boolean().notNull(),
    refunded: t.bigint().notNull(),
    /** Wei that the contract still holds for it. */
    remaining: t.bigint().notNull(),
    openedAt: t.bigint().notNull(),
    /** The latest redemption; null before the first. */
    redeemedAt: t.bigint(),
  }),
  (table) => ({ byPayer: index().on(table.payer), byPayee: index().on(table.payee) }),
);

export const redemption = onchainTable(
  "redemption",
  (t) => ({
    id: t.text().primaryKey(),
    channel: t.hex().notNull(),
    payer: t.hex().notNull(),
    payee: t.hex().notNull(),
    /** Node of the payee whose witness key sent the transaction; null if somebody else sent it. */
    node: t.integer(),
    /** Wei that left the channel: 99 % to the payee, 1 % burned. */
    amount: t.bigint().notNull(),
    /** Redeemed from the channel so far, this redemption included. */
    redeemed: t.bigint().notNull(),
    /** Epoch in which it happened. */
    epoch: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byChannel: index().on(table.channel), byPayee: index().on(table.payee), byEpoch: index().on(table.epoch) }),
);

/** A vault paid (TOK-3): `net` reached `to`, `burned` ceased to exist. */
export const payment = onchainTable(
  "payment",
  (t) => ({
    id: t.text().primaryKey(),
    vault: t.hex().notNull(),
    /** What for: rewards, channels, leases, challenges (half of a slash), or other: a vault of a later day. */
    kind: t.text().notNull(),
    to: t.hex().notNull(),
    net: t.bigint().notNull(),
    burned: t.bigint().notNull(),
    epoch: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byTo: index().on(table.to), byEpoch: index().on(table.epoch) }),
);

/** A vault returned a deposit, whole (TOK-3). */
export const refund = onchainTable(
  "refund",
  (t) => ({
    id: t.text().primaryKey(),
    vault: t.hex().notNull(),
    depositor: t.hex().notNull(),
    amount: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byDepositor: index().on(table.depositor) }),
);

/** Every Transfer event: also those from the zero address (the one mint) and to it (burns). */
export const transfer = onchainTable(
  "transfer",
  (t) => ({
    id: t.text().primaryKey(),
    from: t.hex().notNull(),
    to: t.hex().notNull(),
    amount: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byFrom: index().on(table.from), byTo: index().on(table.to) }),
);

export const burn = onchainTable(
  "burn",
  (t) => ({
    id: t.text().primaryKey(),
    /** Whose balance it left. */
    from: t.hex().notNull(),
    amount: t.bigint().notNull(),
    epoch: t.integer().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byEpoch: index().on(table.epoch), byTransaction: index().on(table.transactionHash) }),
);

/** The latest approval of a spender, by transaction or permit: `amount` as approved, not what is left of it. */
export const approval = onchainTable(
  "approval",
  (t) => ({
    owner: t.hex().notNull(),
    spender: t.hex().notNull(),
    amount: t.bigint().notNull(),
    timestamp: t.bigint().notNull(),
    block: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.owner, table.spender] }) }),
);

export const account = onchainTable("account", (t) => ({
  address: t.hex().primaryKey(),
  /** Rebuilt from Transfer events alone. */
  balance: t.bigint().notNull(),
  /** none, active or retired (TOK-4). */
  vault: t.text().notNull(),
  updatedAt: t.bigint().notNull(),
}));

/** One row, id "X0T" (TOK-5). */
export const token = onchainTable("token", (t) => ({
  id: t.text().primaryKey(),
  totalSupply: t.bigint().notNull(),
  totalBurned: t.bigint().notNull(),
  /** When the supply was distributed, and what the rewards' reserve and the timelock got of it, wei (TOK-1). */
  sealedAt: t.bigint(),
  toRewards: t.bigint(),
  toTimelock: t.bigint(),
}));
