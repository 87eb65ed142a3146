import { BlockList } from "node:net";
import type { ExitRule } from "../../core/didDocument.ts";
import { X0tError } from "../../core/x0tError.ts";
import { ipFromBytes, ipToBytes } from "../circuit/ipBytes.ts";
import { familyOf, isLoopback, isPublic } from "./addressBlocks.ts";

/** Closed for good: mail exits are spam sources (NET-15). */
const SMTP_PORT = 25;

/** What an exit connects to, decided on the literal address that is then connected (NET-15). */
export interface ExitPolicy {
  allows(address: string, port: number): boolean;
}

/**
 * @param rules ordered, first match wins, nothing matching is rejected
 * @param allowLoopback devnets: lets accept rules open loopback addresses
 * @param relayAddresses the own and the other relays' literal addresses, never reached
 * @throws X0T_EXIT_POLICY if a rule's network is no CIDR
 */
export function createExitPolicy(params: {
  rules: readonly ExitRule[];
  allowLoopback: boolean;
  relayAddresses(): Iterable<string>;
}): ExitPolicy {
  const rules = params.rules.map((rule) => ({ ...rule, matches: networkMatcher(rule.network) }));
  return {
    allows(address, port) {
      const canonical = canonicalAddress(address);
      if (canonical === undefined || port < 1 || port > 65_535 || port === SMTP_PORT) return false;
      if (!isPublic(canonical) && !(params.allowLoopback && isLoopback(canonical))) return false;
      for (const relay of params.relayAddresses()) if (isSame(relay, canonical)) return false;
      const rule = rules.find(({ ports: [from, to], matches }) => port >= from && port <= to && matches(canonical));
      return rule?.action === "accept";
    },
  };
}

/** Cheap for the many relays of IPv4, whose addresses have one text only: it runs for each of them at each OPEN. */
function isSame(relay: string, canonical: string): boolean {
  if (!relay.includes(":")) return relay === canonical;
  return canonical.includes(":") && canonicalAddress(relay) === canonical;
}

/** One text for one address, so that comparing texts compares addresses. */
function canonicalAddress(address: string): string | undefined {
  const bytes = ipToBytes(address);
  return bytes === undefined ? undefined : ipFromBytes(bytes);
}

function networkMatcher(network: string): (address: string) => boolean {
  if (network === "*") return () => true;
  const [address = "", prefix] = network.split("/");
  const family = familyOf(address);
  const longest = family === "ipv4" ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (family === undefined || !/^\d{1,3}$/.test(prefix ?? "0") || bits > longest) {
    throw new X0tError("X0T_EXIT_POLICY", `Exit rule for "${network}": give an address, a CIDR such as 192.0.2.0/24, or "*".`, { data: { network } });
  }
  const list = new BlockList();
  list.addSubnet(address, bits, family);
  return (candidate) => familyOf(candidate) === family && list.check(candidate, family);
}
