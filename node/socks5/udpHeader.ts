import { ATYP, MAX_DATAGRAM_BYTES, type Target } from "../circuit/frames.ts";
import { ipToBytes } from "../circuit/ipBytes.ts";
import { targetOfBytes } from "./request.ts";

/** What an application's datagram asks for, or why it is dropped. */
export type ParsedDatagram = { target: Target; payload: Buffer } | "fragment" | "malformed" | "oversize";

/** RFC 1928, section 7: RSV u16, FRAG u8, ATYP, address, port, data. Fragments are not put together (NET-14). */
export function parseUdpRequest(bytes: Buffer): ParsedDatagram {
  if (bytes.length < 5 || bytes.readUInt16BE(0) !== 0) return "malformed";
  if (bytes[2] !== 0) return "fragment";
  const atyp = bytes[3] as number;
  const at = atyp === ATYP.name ? 5 : 4;
  const length = atyp === ATYP.ipv4 ? 4 : atyp === ATYP.ipv6 ? 16 : atyp === ATYP.name ? (bytes[4] as number) : 0;
  const end = at + length + 2;
  if (length === 0 || bytes.length < end) return "malformed";
  const target = targetOfBytes(atyp, bytes.subarray(at, at + length), bytes.readUInt16BE(end - 2));
  if (target === undefined || target.port === 0) return "malformed";
  const payload = bytes.subarray(end);
  return payload.length > MAX_DATAGRAM_BYTES ? "oversize" : { target, payload };
}

/** The header of a datagram to the application. @param source a literal address */
export function udpReplyHeader(source: Target): Buffer | undefined {
  const host = ipToBytes(source.host);
  if (host === undefined) return undefined;
  return Buffer.from([0, 0, 0, host.length === 4 ? ATYP.ipv4 : ATYP.ipv6, ...host, source.port >> 8, source.port & 0xff]);
}
