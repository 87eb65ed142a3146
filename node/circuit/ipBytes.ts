import net from "node:net";

/** 4 or 16 bytes of a literal address; undefined if it is none. A zone (fe80::1%eth0) is no address. */
export function ipToBytes(host: string): Uint8Array | undefined {
  const family = net.isIP(host);
  if (family === 4) return Uint8Array.from(host.split("."), Number);
  if (family !== 6 || host.includes("%")) return undefined;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const text = dotted === null ? host : `${dotted[1]}${hex16(dotted[2], dotted[3])}:${hex16(dotted[4], dotted[5])}`;
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, group] of groups.entries()) view.setUint16(2 * i, Number.parseInt(group, 16));
  return bytes;
}

function hex16(high: string | undefined, low: string | undefined): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}

/** Text of 4 or 16 address bytes; IPv6 without shortening. */
export function ipFromBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16)).join(":");
}

/** `::ffff:192.0.2.1` as a dual-stack socket shows it is 192.0.2.1. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") && net.isIPv4(address.slice(7)) ? address.slice(7) : address;
}

/** What limits per network count: the /24 of an IPv4 address, the /56 of an IPv6 one (NET-6). */
export function networkOf(address: string): string {
  const bytes = ipToBytes(address);
  if (bytes === undefined) return address;
  return Buffer.from(bytes.subarray(0, bytes.length === 4 ? 3 : 7)).toString("hex");
}
