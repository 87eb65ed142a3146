import type { Context } from "ponder:registry";
import { guardianChange, guardianOwner, guardianSafe, pause } from "ponder:schema";
import { zeroAddress, type Address } from "viem";
import { on, onRare } from "./on.ts";
import { addressBook, provenance } from "./rules.ts";
import { readNetwork, updateNetwork } from "./sums.ts";

type Db = Context["db"];
type SafeRow = typeof guardianSafe.$inferSelect;

const SAFE = { address: addressBook.contracts.GuardianSafe } as const;

on("GuardianSeat:GuardianChanged", async ({ event, context: { db } }) => {
  const { former, guardian } = event.args;
  await db.insert(guardianChange).values({ id: event.id, former, guardian, ...provenance(event) });
  await updateNetwork(db, { guardian: guardian === zeroAddress ? null : guardian });
});

on("GuardianSeat:Paused", async ({ event, context: { db } }) => {
  const { until } = event.args;
  await db.insert(pause).values({ id: event.id, until, ...provenance(event) });
  await updateNetwork(db, { pausedUntil: until, pause: event.id });
});

/** Also without a pause that goes on: then it lifts none. */
on("GuardianSeat:Unpaused", async ({ event, context: { db } }) => {
  const { pause: id, pausedUntil } = await readNetwork(db);
  if (id !== null && pausedUntil > event.block.timestamp) await db.update(pause, { id }).set({ liftedAt: event.block.timestamp });
  await updateNetwork(db, { pausedUntil: 0n });
});

on("GuardianSafe:SafeSetup", async ({ event, context: { db } }) => {
  const { owners, threshold } = event.args;
  await db.insert(guardianSafe).values({ ...SAFE, threshold: Number(threshold), ownerCount: owners.length });
  for (const owner of owners) await addOwner(db, owner, event.block.timestamp);
});

on("GuardianSafe:AddedOwner", async ({ event, context: { db } }) => {
  await addOwner(db, event.args.owner, event.block.timestamp);
  await changeSafe(db, ({ ownerCount }) => ({ ownerCount: ownerCount + 1 }));
});

on("GuardianSafe:RemovedOwner", async ({ event, context: { db } }) => {
  const removed = { removedAt: event.block.timestamp };
  await db.insert(guardianOwner).values({ address: event.args.owner, since: null, ...removed }).onConflictDoUpdate(removed);
  await changeSafe(db, ({ ownerCount }) => ({ ownerCount: ownerCount - 1 }));
});

on("GuardianSafe:ChangedThreshold", async ({ event, context: { db } }) => {
  await changeSafe(db, () => ({ threshold: Number(event.args.threshold) }));
});

// What else a Safe tells: to be read, not to be added up.
onRare([
  "GuardianSafe:ApproveHash",
  "GuardianSafe:ChangedFallbackHandler",
  "GuardianSafe:ChangedGuard",
  "GuardianSafe:ChangedModuleGuard",
  "GuardianSafe:DisabledModule",
  "GuardianSafe:EnabledModule",
  "GuardianSafe:ExecutionFailure",
  "GuardianSafe:ExecutionFromModuleFailure",
  "GuardianSafe:ExecutionFromModuleSuccess",
  "GuardianSafe:ExecutionSuccess",
  "GuardianSafe:SafeModuleTransaction",
  "GuardianSafe:SafeMultiSigTransaction",
  "GuardianSafe:SafeReceived",
  "GuardianSafe:SignMsg",
]);

async function addOwner(db: Db, address: Address, since: bigint): Promise<void> {
  const now = { since, removedAt: null };
  await db.insert(guardianOwner).values({ address, ...now }).onConflictDoUpdate(now);
}

/** A Safe that is older than the deployment told of its owners before: then it has no row. */
async function changeSafe(db: Db, change: (row: SafeRow) => Partial<SafeRow>): Promise<void> {
  if ((await db.find(guardianSafe, SAFE)) !== null) await db.update(guardianSafe, SAFE).set(change);
}
