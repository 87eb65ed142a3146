import { readFile } from "node:fs/promises";
import { isAddress, type Address } from "viem";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { X0T } from "../../core/parameters.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Network } from "../network.ts";
import type { Hub } from "./hub.ts";
import type { SnapshotLibrary } from "./library.ts";

export interface SettingsFlags {
  settings?: string;
  name?: string;
  admin?: string[];
  delay?: number;
  period?: number;
  quorum?: number;
  minScore?: number;
}

interface Strategy {
  name: string;
  network?: string | null | undefined;
  params?: Record<string, unknown> | null | undefined;
}

const CONTRACT_CALL = "contract-call";

/**
 * The raw stake of a voter, by the registry's `getVotes` at the snapshot block. Raw: the quadratic voting type takes the
 * square root, and taking it twice would not be GOV-1.
 */
export function stakeStrategy(registry: Address, chainId: number): Strategy {
  const methodABI = nodeRegistryAbi.find((entry) => entry.type === "function" && entry.name === "getVotes");
  return {
    name: CONTRACT_CALL,
    network: String(chainId),
    params: { address: registry, decimals: 18, symbol: "X0T", methodABI },
  };
}

/** Settings like the Governor's: its times, its threshold to propose; the quorum is its floor, for Snapshot knows no share of the supply. */
export function defaultSettings(network: Network): Record<string, unknown> {
  const { chainId, contracts } = network.contracts;
  const { parameters } = network;
  const minScore = Number(parameters.proposalThreshold / X0T);
  return {
    name: "x0tta6bl4",
    about: "Votes by stake, quadratic: the square root of what an operator's nodes have at stake.",
    network: String(chainId),
    symbol: "X0T",
    admins: [],
    strategies: [stakeStrategy(contracts.NodeRegistry, chainId)],
    voting: {
      type: "quadratic",
      delay: parameters.votingDelaySeconds,
      period: parameters.votingPeriodSeconds,
      quorum: Number(parameters.quorumFloor / X0T),
    },
    filters: { minScore },
    validation: { name: "basic", params: { minScore } },
    voteValidation: { name: "any", params: {} },
    treasuries: [{ name: "Timelock", address: contracts.X0TTimelock, network: String(chainId) }],
  };
}

/** The settings of `--settings FILE`, else the default ones, changed as the other flags say. @throws X0T_CONFIG, X0T_USAGE */
export async function loadSettings(network: Network, flags: SettingsFlags): Promise<Record<string, unknown>> {
  const base = flags.settings === undefined ? defaultSettings(network) : await readSettingsFile(flags.settings);
  const bad = flags.admin?.find((admin) => !isAddress(admin));
  if (bad !== undefined) throw new X0tError("X0T_USAGE", `--admin "${bad}" is no address: 0x and 40 hex digits.`);
  const { delay, period, quorum, minScore } = flags;
  return {
    ...base,
    ...given({ name: flags.name, admins: flags.admin }),
    ...part(base, "voting", given({ delay, period, quorum })),
    ...(minScore === undefined ? {} : { ...part(base, "filters", { minScore }), validation: { name: "basic", params: { minScore } } }),
  };
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function part(base: Record<string, unknown>, key: string, change: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(change).length === 0 ? {} : { [key]: { ...(base[key] as object | undefined), ...change } };
}

async function readSettingsFile(file: string): Promise<Record<string, unknown>> {
  let settings: unknown;
  try {
    settings = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new X0tError("X0T_CONFIG", `${file}: ${(cause as Error).message}. x0t snapshot space prints what such a file holds.`, { cause });
  }
  if (typeof settings === "object" && settings !== null && !Array.isArray(settings)) return settings as Record<string, unknown>;
  throw new X0tError("X0T_CONFIG", `${file}: it must hold one JSON object, as x0t snapshot space prints it.`);
}

/**
 * Judges settings by the library's own schema, and whether they count this network's stake.
 * @returns notes for the person: what only a hub of one's own would take. @throws X0T_CONFIG naming the first fault
 */
export function checkSettings(library: SnapshotLibrary, network: Network, settings: Record<string, unknown>, hub?: Hub): string[] {
  const options = { snapshotEnv: hub?.snapshotEnv ?? "default", spaceType: "default" } as const;
  const verdict = library.utils.validateSchema(library.schemas.space, settings, options);
  const faults = verdict === true ? [] : verdict;
  const fault = faults.find(({ keyword }) => keyword !== "snapshotNetwork");
  if (fault !== undefined) {
    const where = fault.instancePath.slice(1).replaceAll("/", ".") || "settings";
    const key = fault.params?.additionalProperty;
    throw new X0tError("X0T_CONFIG", `The space's settings: ${where}: ${fault.message ?? fault.keyword}${typeof key === "string" ? ` (${key})` : ""}.`);
  }
  const { strategies, network: chain, voting } = settings as { strategies: Strategy[]; network: string; voting?: { type?: string } };
  checkStakeIsCounted(network, { what: "The space's settings", network: chain, strategies });
  if (voting?.type !== "quadratic") throw new X0tError("X0T_CONFIG", 'The space\'s settings: voting.type: must be "quadratic".');
  if (faults.length === 0) return [];
  return [`Snapshot's own hubs ${options.snapshotEnv === "mainnet" ? "for mainnets " : ""}do not serve chain ${chain}: only a hub of your own can take this space.`];
}

/** @throws X0T_SNAPSHOT_SPACE unless the strategies are the one that counts this network's stake, once and raw */
export function checkStakeIsCounted(network: Network, space: { what: string; network: string; strategies: readonly Strategy[] }): void {
  const { chainId, contracts } = network.contracts;
  const wanted = stakeStrategy(contracts.NodeRegistry, chainId);
  const [only, ...more] = space.strategies;
  const counts =
    space.network === String(chainId) &&
    more.length === 0 &&
    only?.name === CONTRACT_CALL &&
    (only.network ?? space.network) === wanted.network &&
    String(only.params?.address).toLowerCase() === contracts.NodeRegistry.toLowerCase() &&
    only.params?.decimals === 18 &&
    (only.params.methodABI as { name?: unknown } | undefined)?.name === "getVotes";
  if (counts) return;
  throw new X0tError(
    "X0T_SNAPSHOT_SPACE",
    `${space.what} must count by one strategy: ${CONTRACT_CALL} to getVotes of the NodeRegistry ${contracts.NodeRegistry} on chain ${chainId}, 18 decimals. Name the right --network, or correct the space.`,
  );
}

/** True if the hub tells what would be published; what it does not tell (an avatar, say) counts as different. */
export function isPublished(settings: Record<string, unknown>, published: Record<string, unknown> | undefined): boolean {
  if (published === undefined) return false;
  const told = { ...published };
  delete told.id;
  return JSON.stringify(canonical(settings)) === JSON.stringify(canonical(told));
}

/** Without empty values, which a hub adds and drops, and with sorted keys. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(canonical);
  if (typeof value !== "object" || value === null) return value === "" || value === 0 || value === false || value === null ? undefined : value;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, canonical(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
