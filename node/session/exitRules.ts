import { BlockList } from "node:net";
import type { ExitRule } from "../../core/didDocument.ts";
import { X0tError } from "../../core/x0tError.ts";
import { familyOf } from "./addressBlocks.ts";

/** Ordered rules: the first match wins, nothing matching is rejected (NET-15). */
export interface ExitRules {
  accepts(address: string, port: number): boolean;
  /** True if there may be an address that is accepted at this port: all that can be said of a name. */
  acceptsSomeAt(port: number): boolean;
}

/** @throws X0T_EXIT_POLICY if a rule's network is no CIDR */
export function createExitRules(rules: readonly ExitRule[]): ExitRules {
  const compiled = rules.map((rule) => ({ ...rule, matches: networkMatcher(rule.network) }));
  const at = (port: number) => compiled.filter(({ ports: [from, to] }) => port >= from && port <= to);
  return {
    accepts: (address, port) => at(port).find(({ matches }) => matches(address))?.action === "accept",
    acceptsSomeAt: (port) => at(port).find(({ action, network }) => action === "accept" || network === "*")?.action === "accept",
  };
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
