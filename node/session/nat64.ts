import { BlockList } from "node:net";
import { Resolver } from "node:dns/promises";
import { ipFromBytes, ipToBytes } from "../circuit/ipBytes.ts";
import { isLoopback } from "./addressBlocks.ts";

/** RFC 7050: AAAA records of this name exist only where a DNS64 makes them from its prefix. */
const PROBE_NAME = "ipv4only.arpa";
/** Where RFC 6052 puts the IPv4 address, by prefix length; byte 8 is always skipped. */
const EMBEDDINGS: readonly [prefixBits: number, positions: readonly number[]][] = [
  [32, [4, 5, 6, 7]],
  [40, [5, 6, 7, 9]],
  [48, [6, 7, 9, 10]],
  [56, [7, 9, 10, 11]],
  [64, [9, 10, 11, 12]],
  [96, [12, 13, 14, 15]],
];
const TIMEOUT_MS = 2_000;
/** An answer is good for so long; after a failure it is asked for again sooner. */
const FRESH_MS = 600_000;
const RETRY_MS = 10_000;
/** The resolver's word that there is no such record: where there is no DNS64. Everything else is no answer. */
const NONE: readonly unknown[] = ["ENODATA", "ENOTFOUND"];

/** The prefix that made `address` from 192.0.0.170 or .171; undefined if none did. */
export function nat64PrefixOf(address: string): { network: string; bits: number } | undefined {
  const bytes = ipToBytes(address);
  if (bytes?.length !== 16) return undefined;
  for (const [bits, positions] of EMBEDDINGS) {
    const [a, b, c, d] = positions.map((at) => bytes[at]);
    if (a !== 192 || b !== 0 || c !== 0 || (d !== 170 && d !== 171)) continue;
    const network = bytes.map((byte, at) => (at < bits / 8 ? byte : 0));
    return { network: ipFromBytes(network), bits };
  }
  return undefined;
}

/** Addresses behind the network's NAT64: they would reach private IPv4 space under a public-looking IPv6 address (NET-15). */
export interface Nat64 {
  /** Settles once `allows` knows as much as it can: at once, but for a look at most every 10 minutes. Never rejects. */
  look(): Promise<void>;
  /** False for what lies behind the NAT64, and for all IPv6 but loopback until DNS has answered once. */
  allows(address: string): boolean;
}

/** @param servers as for `createResolveName` */
export function createNat64(servers: readonly string[], nowMs: () => number = () => performance.now()): Nat64 {
  let prefixes: BlockList | undefined;
  let staleAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    const found = await prefixesOf(servers);
    prefixes = found ?? prefixes;
    staleAtMs = nowMs() + (found === undefined ? RETRY_MS : FRESH_MS);
    looking = undefined;
  };
  return {
    look() {
      if (nowMs() < staleAtMs) return Promise.resolve();
      return (looking ??= ask());
    },
    allows(address) {
      if (ipToBytes(address)?.length !== 16 || isLoopback(address)) return true;
      return prefixes !== undefined && !prefixes.check(address, "ipv6");
    },
  };
}

/** Undefined if DNS did not answer. */
async function prefixesOf(servers: readonly string[]): Promise<BlockList | undefined> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  if (servers.length > 0) resolver.setServers([...servers]);
  const prefixes = new BlockList();
  try {
    for (const address of await resolver.resolve6(PROBE_NAME)) {
      const prefix = nat64PrefixOf(address);
      if (prefix !== undefined) prefixes.addSubnet(prefix.network, prefix.bits, "ipv6");
    }
  } catch (error) {
    if (!NONE.includes((error as NodeJS.ErrnoException).code)) return undefined;
  }
  return prefixes;
}
