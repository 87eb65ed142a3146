import { BlockList } from "node:net";
import { Resolver } from "node:dns/promises";
import { ipFromBytes, ipToBytes } from "../circuit/ipBytes.ts";

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

/**
 * Addresses behind the network's NAT64: they would reach private IPv4 space under a public-looking IPv6 address (NET-15).
 * @param servers as for `createResolveName`
 * @returns true for such an address; knows nothing where there is no DNS64
 */
export async function discoverNat64(servers: readonly string[]): Promise<(address: string) => boolean> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  if (servers.length > 0) resolver.setServers([...servers]);
  const addresses = await resolver.resolve6(PROBE_NAME).catch((): string[] => []);
  const prefixes = new BlockList();
  for (const address of addresses) {
    const prefix = nat64PrefixOf(address);
    if (prefix !== undefined) prefixes.addSubnet(prefix.network, prefix.bits, "ipv6");
  }
  return (address) => ipToBytes(address)?.length === 16 && prefixes.check(address, "ipv6");
}
