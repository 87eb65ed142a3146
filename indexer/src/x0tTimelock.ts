import { timelockCall, timelockOperation, timelockRole } from "ponder:schema";
import { keccak256, toHex, zeroHash, type Address, type Hex } from "viem";
import type { Context, Event } from "ponder:registry";
import { on, onRare } from "./on.ts";
import { markExecuted } from "./proposalRow.ts";
import { changeSetting } from "./settings.ts";

type Db = Context["db"];

const ROLES = new Map<Hex, string>([
  [zeroHash, "DEFAULT_ADMIN_ROLE"],
  ...["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"].map((name) => [keccak256(toHex(name)), name] as const),
]);

/** One event for each call of an operation, in their order. */
on("X0TTimelock:CallScheduled", async ({ event, context: { db } }) => {
  const { id, target, value, data, predecessor, delay } = event.args;
  const index = Number(event.args.index);
  const now = event.block.timestamp;
  const scheduled = {
    state: "scheduled",
    callCount: index + 1,
    executedCalls: 0,
    predecessor,
    scheduledAt: now,
    executableAt: now + delay,
    cancelledAt: null,
    transactionHash: event.transaction.hash,
  };
  await db.insert(timelockOperation).values({ id, ...scheduled }).onConflictDoUpdate(scheduled);
  const call = { target, value, data, executedAt: null };
  await db.insert(timelockCall).values({ timelockId: id, index, ...call }).onConflictDoUpdate(call);
  return { account: target };
});

on("X0TTimelock:CallSalt", async ({ event, context: { db } }) => {
  const { id, salt } = event.args;
  await db.update(timelockOperation, { id }).set({ salt });
});

on("X0TTimelock:CallExecuted", async ({ event, context: { db } }) => {
  const { id, target } = event.args;
  const executedAt = event.block.timestamp;
  await db.update(timelockCall, { timelockId: id, index: Number(event.args.index) }).set({ executedAt });
  const { state, proposal } = await db.update(timelockOperation, { id }).set(({ executedCalls, callCount }) => ({
    executedCalls: executedCalls + 1,
    ...(executedCalls + 1 === callCount && { state: "executed", executedAt }),
  }));
  if (state === "executed" && proposal !== null) await markExecuted(db, proposal, executedAt, event.transaction.hash);
  return { account: target };
});

on("X0TTimelock:Cancelled", async ({ event, context: { db } }) => {
  await db.update(timelockOperation, { id: event.args.id }).set({ state: "cancelled", cancelledAt: event.block.timestamp });
});

on("X0TTimelock:RoleGranted", ({ event, context: { db } }) => setRole(db, event, true));
on("X0TTimelock:RoleRevoked", ({ event, context: { db } }) => setRole(db, event, false));

on("X0TTimelock:MinDelayChange", ({ event, context: { db } }) => changeSetting(db, "timelockDelay", event.args.newDuration, event));

// Nothing of ours changes who administers a role.
onRare(["X0TTimelock:RoleAdminChanged"]);

async function setRole(db: Db, event: Event<"X0TTimelock:RoleGranted" | "X0TTimelock:RoleRevoked">, held: boolean): Promise<{ account: Address }> {
  const { role, account } = event.args;
  const now = { held, timestamp: event.block.timestamp, transactionHash: event.transaction.hash };
  await db.insert(timelockRole).values({ role, account, name: ROLES.get(role) ?? null, ...now }).onConflictDoUpdate(now);
  return { account };
}
