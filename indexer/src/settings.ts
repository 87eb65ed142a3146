import type { Context } from "ponder:registry";
import { setting, settingChange } from "ponder:schema";
import { provenance } from "./rules.ts";

type Db = Context["db"];

/** Which contract keeps what governance may set. */
const CONTRACTS = {
  votingDelay: "X0TGovernor",
  votingPeriod: "X0TGovernor",
  lateQuorumExtension: "X0TGovernor",
  proposalThreshold: "X0TGovernor",
  timelockDelay: "X0TTimelock",
  poolPerEpoch: "EpochRewards",
  targetStake: "EpochRewards",
} as const;
export type SettingName = keyof typeof CONTRACTS;

/** Puts a setting down, and that it changed: an event that leaves it as it was is none. */
export async function changeSetting(
  db: Db,
  name: SettingName,
  value: bigint,
  event: Parameters<typeof provenance>[0] & { id: string },
): Promise<void> {
  // Taken now: a row that was found changes with its table.
  const former = (await db.find(setting, { name }))?.value ?? null;
  if (former === value) return;
  const now = { contract: CONTRACTS[name], value, changedAt: event.block.timestamp };
  await db.insert(setting).values({ name, ...now }).onConflictDoUpdate(now);
  await db.insert(settingChange).values({ id: `${event.id}:${name}`, name, former, value, ...provenance(event) });
}
