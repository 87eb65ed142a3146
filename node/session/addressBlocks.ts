import net, { BlockList } from "node:net";

/** IANA's special-purpose IPv4 blocks, multicast and reserved space, and a cloud's metadata address (NET-15). */
const IPV4_BLOCKS: readonly [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["168.63.129.16", 32],
];
/** Inside 2000::/3, the only IPv6 space that is reached at all. */
const IPV6_BLOCKS: readonly [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const special = new BlockList();
for (const [address, prefix] of IPV4_BLOCKS) special.addSubnet(address, prefix, "ipv4");
for (const [address, prefix] of IPV6_BLOCKS) special.addSubnet(address, prefix, "ipv6");
const globalIpv6 = new BlockList();
globalIpv6.addSubnet("2000::", 3, "ipv6");
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** `net.BlockList` fails open on a wrong family: it is taken from the literal itself. Undefined if it is none. */
export function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const family = net.isIP(address);
  return family === 4 ? "ipv4" : family === 6 && !address.includes("%") ? "ipv6" : undefined;
}

export function isLoopback(address: string): boolean {
  const family = familyOf(address);
  return family !== undefined && loopback.check(address, family);
}

/** True for a unicast address of the public internet. */
export function isPublic(address: string): boolean {
  const family = familyOf(address);
  if (family === undefined || special.check(address, family)) return false;
  return family === "ipv4" || globalIpv6.check(address, family);
}
