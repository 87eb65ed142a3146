import type { ExitRule } from "../../core/didDocument.ts";
import { ipFromBytes, ipToBytes } from "../circuit/ipBytes.ts";
import { isLoopback, isPublic } from "./addressBlocks.ts";
import { createExitRules } from "./exitRules.ts";

/** Closed for good: mail exits are spam sources (NET-15). */
export const SMTP_PORT = 25;
/** The relays' addresses are read anew after so long: they are thousands, and asked for at each datagram. */
const RELAYS_MS = 1_000;

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
  const rules = createExitRules(params.rules);
  let relays = new Set<string>();
  let relaysUntilMs = Number.NEGATIVE_INFINITY;
  const isRelay = (canonical: string): boolean => {
    const now = performance.now();
    if (now >= relaysUntilMs) {
      relays = new Set([...params.relayAddresses()].map((address) => canonicalAddress(address) ?? address));
      relaysUntilMs = now + RELAYS_MS;
    }
    return relays.has(canonical);
  };
  return {
    allows(address, port) {
      const canonical = canonicalAddress(address);
      if (canonical === undefined || port < 1 || port > 65_535 || port === SMTP_PORT) return false;
      if (!isPublic(canonical) && !(params.allowLoopback && isLoopback(canonical))) return false;
      return !isRelay(canonical) && rules.accepts(canonical, port);
    },
  };
}

/** One text for one address, so that comparing texts compares addresses. */
export function canonicalAddress(address: string): string | undefined {
  const bytes = ipToBytes(address);
  return bytes === undefined ? undefined : ipFromBytes(bytes);
}
