import { devnetParameters, type ParameterChoice } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import { portsFrom } from "./ports.ts";

export const DEVNET_CHAIN_ID = 31337;
export const MAX_NODES = 12;

/** What a devnet is made with, for good: endpoints stand in the documents on chain. */
export interface DevnetSettings {
  nodes: number;
  epochSeconds: number;
  /** null = the usual ports. */
  portBase: number | null;
}

export const DEFAULT_SETTINGS: DevnetSettings = { nodes: 6, epochSeconds: 60, portBase: null };

/** @throws X0T_USAGE, X0T_BAD_EPOCH */
export function checkSettings(settings: DevnetSettings): DevnetSettings {
  const { nodes, epochSeconds, portBase } = settings;
  if (!Number.isInteger(nodes) || nodes < 3 || nodes > MAX_NODES) {
    throw new X0tError("X0T_USAGE", `--nodes must be a whole number from 3 to ${MAX_NODES}, not ${nodes}.`);
  }
  devnetParameters(epochSeconds);
  portsFrom(portBase ?? undefined);
  return settings;
}

export function choiceOf(settings: DevnetSettings): ParameterChoice {
  return { devnetEpochSeconds: settings.epochSeconds };
}

/**
 * What was asked for on top of what the state was made with. @throws X0T_OTHER_SETTINGS if they differ
 */
export function mergeSettings(asked: Partial<DevnetSettings>, made: DevnetSettings | undefined): DevnetSettings {
  if (made === undefined) return checkSettings({ ...DEFAULT_SETTINGS, ...asked });
  for (const key of ["nodes", "epochSeconds", "portBase"] as const) {
    if (asked[key] !== undefined && asked[key] !== made[key]) {
      throw new X0tError(
        "X0T_OTHER_SETTINGS",
        `This network was made with ${describe(made)}; that cannot change. Start without these options, or wipe it first: ./x0t reset`,
        { data: { ...made } },
      );
    }
  }
  return made;
}

function describe({ nodes, epochSeconds, portBase }: DevnetSettings): string {
  return `--nodes ${nodes} --epoch ${epochSeconds}s${portBase === null ? "" : ` --port-base ${portBase}`}`;
}
