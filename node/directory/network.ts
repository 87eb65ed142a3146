import { isIPv4, isIPv6 } from "node:net";

/** /16 of an IPv4 address, /32 of an IPv6 address: what one attacker gets cheaply (NET-8). */
export function networkOf(host: string): string {
  if (isIPv4(host)) return host.split(".").slice(0, 2).join(".");
  if (!isIPv6(host)) return host;
  const [head = "", tail] = host.toLowerCase().split("%", 1)[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
  }
  return groups
    .slice(0, 2)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
