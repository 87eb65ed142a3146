import { parseArgs } from "node:util";
import { X0tError } from "../../core/x0tError.ts";
import { PEERS, type PeerName } from "./system.ts";

export interface BenchFlags {
  /** Undefined: all that the machine has. */
  peers: PeerName[] | undefined;
  rounds: number;
  megabytes: number;
  seconds: number;
  /** Idle ones, of the memory figure. */
  streams: number;
  json: boolean;
  /** Instead of the comparison: minutes of load with the relays' memory watched. */
  soakMinutes: number | undefined;
  /** Where our processes leave CPU profiles. */
  profileDir: string | undefined;
}

/** @throws X0T_USAGE */
export function parseFlags(args: readonly string[]): BenchFlags {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        peers: { type: "string" },
        rounds: { type: "string", default: "5" },
        megabytes: { type: "string", default: "400" },
        seconds: { type: "string", default: "3" },
        streams: { type: "string", default: "1000" },
        json: { type: "boolean", default: false },
        soak: { type: "string" },
        profile: { type: "string" },
      },
    }));
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `${(cause as Error).message} See: x0t bench relay --help`, { cause });
  }
  return {
    peers: values.peers === undefined ? undefined : parsePeers(values.peers),
    rounds: positive("rounds", values.rounds),
    megabytes: positive("megabytes", values.megabytes),
    seconds: positive("seconds", values.seconds),
    streams: positive("streams", values.streams),
    json: values.json,
    soakMinutes: values.soak === undefined ? undefined : positive("soak", values.soak),
    profileDir: values.profile,
  };
}

function parsePeers(text: string): PeerName[] {
  if (text === "none") return [];
  return text.split(",").map((name) => {
    const peer = PEERS.find((known) => known === name.trim());
    if (peer === undefined) throw new X0tError("X0T_USAGE", `--peers: there is no peer "${name}". Peers: ${PEERS.join(", ")}, or none.`);
    return peer;
  });
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) throw new X0tError("X0T_USAGE", `--${option}: "${text}" must be a number above 0.`);
  return value;
}
