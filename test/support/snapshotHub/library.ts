import snapshot from "@snapshot-labs/snapshot.js";
import hashedTypes from "@snapshot-labs/snapshot.js/src/sign/hashedTypes.json" with { type: "json" };
import networks from "@snapshot-labs/snapshot.js/src/networks.json" with { type: "json" };
import type { Hex } from "viem";
import type { SnapshotLibrary } from "../../../cli/snapshot/library.ts";

export interface SignedData {
  domain: Record<string, unknown>;
  types: Record<string, { name: string; type: string }[]>;
  message: Record<string, unknown>;
}

/** What a hub uses of snapshot.js beyond what the command line does. */
interface HubLibrary extends SnapshotLibrary {
  utils: SnapshotLibrary["utils"] & {
    getHash(data: SignedData): Hex;
    verify(address: string, signature: string, data: SignedData, network: string, options: { broviderUrl: string }): Promise<boolean>;
  };
}

export const library = snapshot as unknown as HubLibrary;

/** SHA-256 of each list of types → the kind of message. */
export const messageTypes: Readonly<Record<string, string>> = hashedTypes;

/** The first block of which Snapshot reads a chain. */
export function firstBlockOf(network: string): number {
  const found = (networks as Record<string, { start?: number } | undefined>)[network];
  if (found?.start === undefined) throw new Error(`snapshot.js does not know network ${network}`);
  return found.start;
}
