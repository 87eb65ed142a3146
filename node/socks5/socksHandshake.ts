import type { Socket } from "node:net";
import { ATYP, REPLIES } from "../circuit/frames.ts";
import { ipToBytes } from "../circuit/ipBytes.ts";
import type { ByteReader } from "./byteReader.ts";
import { targetOfBytes, type ProxyRequest, type RefusedRequest } from "./request.ts";

export const SOCKS_VERSION = 5;
const COMMANDS = { connect: 1, associate: 3 } as const;
const METHODS = { none: 0, password: 2, notAcceptable: 0xff } as const;
const PASSWORD_VERSION = 1;

/**
 * RFC 1928 up to the request, with RFC 1929 where the client offers it: every password is right (NET-14).
 * The version byte is already read.
 * @returns undefined if it is no SOCKS5 or ends before the request: nothing can be answered then
 */
export async function readSocksRequest(reader: ByteReader, socket: Socket): Promise<ProxyRequest | RefusedRequest | undefined> {
  const count = await readByte(reader);
  const methods = count === undefined || count === 0 ? undefined : await reader.exactly(count);
  if (methods === undefined) return undefined;
  const method = methods.includes(METHODS.password) ? METHODS.password : methods.includes(METHODS.none) ? METHODS.none : METHODS.notAcceptable;
  socket.write(Buffer.of(SOCKS_VERSION, method));
  if (method === METHODS.notAcceptable) return undefined;
  const credentials = method === METHODS.password ? await readCredentials(reader, socket) : "";
  if (credentials === undefined) return undefined;
  const head = await reader.exactly(4);
  if (head === undefined || head[0] !== SOCKS_VERSION) return undefined;
  const associate = head[1] === COMMANDS.associate;
  if (head[1] !== COMMANDS.connect && !associate) return { reply: REPLIES.commandNotSupported };
  const atyp = head[3];
  const length = atyp === ATYP.ipv4 ? 4 : atyp === ATYP.ipv6 ? 16 : atyp === ATYP.name ? await readByte(reader) : 0;
  if (length === undefined) return undefined;
  if (atyp === undefined || length === 0) return { reply: REPLIES.addressTypeNotSupported };
  const address = await reader.exactly(length + 2);
  if (address === undefined) return undefined;
  // Where it means to send from is ignored: many put their target there, and the first datagram tells (NET-14).
  if (associate) return { command: "associate", credentials };
  const target = targetOfBytes(atyp, address.subarray(0, length), address.readUInt16BE(length));
  return target === undefined ? { reply: REPLIES.addressTypeNotSupported } : { command: "connect", target, credentials };
}

/** @param bound where datagrams are to be sent; nothing for a connection, whose exit keeps that to itself */
export function socksReply(reply: number, bound?: { address: string; port: number }): Buffer {
  const host = (bound && ipToBytes(bound.address)) ?? new Uint8Array(4);
  const port = bound?.port ?? 0;
  return Buffer.from([SOCKS_VERSION, reply, 0, host.length === 4 ? ATYP.ipv4 : ATYP.ipv6, ...host, port >> 8, port & 0xff]);
}

async function readCredentials(reader: ByteReader, socket: Socket): Promise<string | undefined> {
  if ((await readByte(reader)) !== PASSWORD_VERSION) return undefined;
  const user = await readField(reader);
  const password = user === undefined ? undefined : await readField(reader);
  if (user === undefined || password === undefined) return undefined;
  socket.write(Buffer.of(PASSWORD_VERSION, 0));
  return `${user.toString("base64")}:${password.toString("base64")}`;
}

async function readField(reader: ByteReader): Promise<Buffer | undefined> {
  const length = await readByte(reader);
  if (length === undefined) return undefined;
  return length === 0 ? Buffer.alloc(0) : reader.exactly(length);
}

async function readByte(reader: ByteReader): Promise<number | undefined> {
  return (await reader.exactly(1))?.[0];
}
