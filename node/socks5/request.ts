import net from "node:net";
import { ATYP, REPLIES, type Target } from "../circuit/frames.ts";
import { ipFromBytes, ipToBytes } from "../circuit/ipBytes.ts";

/** A code of RFC 1928, section 6, other than 0: no connection, and why. */
export type SocksReply = number;

/** What an application asked for; `credentials` only tell its streams apart (NET-14). */
export type ProxyRequest = { command: "connect"; target: Target; credentials: string } | { command: "associate"; credentials: string };

/** Users of such a name, and their isolation keys: everything goes over two circuits at once (NET-12). */
export const DUPLICATE_SUFFIX = "+duplicate";

/** The user name in SOCKS credentials (base64 ":" base64) or in HTTP's Basic ones; "" if there is none. */
export function userOf(credentials: string): string {
  const [, basic] = /^basic +(\S+)$/i.exec(credentials) ?? [];
  if (basic === undefined) return Buffer.from(credentials.split(":")[0] ?? "", "base64").toString("latin1");
  return Buffer.from(basic, "base64").toString("latin1").split(":")[0] ?? "";
}

/** A request that cannot be served, and what the application is told: a SOCKS5 reply code. */
export interface RefusedRequest {
  reply: SocksReply;
}

/** A name or literal as a target; a literal written as a name is a literal. Undefined if it is neither. */
export function targetOf(host: string, port: number): Target | undefined {
  const family = net.isIP(host);
  if (family === 4) return { atyp: ATYP.ipv4, host, port };
  if (family === 6 && !host.includes("%")) {
    const ipv4 = mappedIpv4(host);
    return ipv4 === undefined ? { atyp: ATYP.ipv6, host, port } : { atyp: ATYP.ipv4, host: ipv4, port };
  }
  // Visible ASCII: what NET-11 carries. Names are resolved at the exit, never here.
  return /^[\x21-\x7e]{1,255}$/.test(host) && family === 0 ? { atyp: ATYP.name, host, port } : undefined;
}

/** ::ffff:192.0.2.1, as programs with IPv6 sockets alone write 192.0.2.1. */
function mappedIpv4(host: string): string | undefined {
  const bytes = ipToBytes(host);
  const isMapped = bytes?.subarray(0, 12).every((byte, at) => byte === (at < 10 ? 0 : 0xff));
  return bytes !== undefined && isMapped === true ? ipFromBytes(bytes.subarray(12)) : undefined;
}

export function targetOfBytes(atyp: number, host: Buffer, port: number): Target | undefined {
  return targetOf(atyp === ATYP.name ? host.toString("latin1") : ipFromBytes(host), port);
}

/** HTTP's word for a SOCKS5 reply. */
export function httpStatusOf(reply: number): string {
  switch (reply) {
    case REPLIES.succeeded:
      return "200 Connection established";
    case REPLIES.notAllowed:
      return "403 Forbidden";
    case REPLIES.timedOut:
      return "504 Gateway Timeout";
    case REPLIES.commandNotSupported:
      return "405 Method Not Allowed";
    case REPLIES.addressTypeNotSupported:
      return "400 Bad Request";
    default:
      return "502 Bad Gateway";
  }
}
