import { REPLIES } from "../circuit/frames.ts";
import type { ByteReader } from "./byteReader.ts";
import { httpStatusOf, targetOf, type ProxyRequest, type RefusedRequest } from "./request.ts";

const MAX_HEAD_BYTES = 8_192;

/**
 * HTTP CONNECT on the SOCKS port (NET-14, RFC 9110 section 9.3.6); other methods are refused.
 * @param first the byte that told it from SOCKS, already read
 */
export async function readHttpRequest(reader: ByteReader, first: number): Promise<ProxyRequest | RefusedRequest | undefined> {
  const rest = await reader.through("\r\n\r\n", MAX_HEAD_BYTES);
  if (rest === undefined) return undefined;
  const [line = "", ...headers] = (String.fromCharCode(first) + rest.toString("latin1")).split("\r\n");
  const [, method, authority] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(line) ?? [];
  if (method === undefined || authority === undefined) return { reply: REPLIES.addressTypeNotSupported };
  if (method !== "CONNECT") return { reply: REPLIES.commandNotSupported };
  const [, bracketed, plain, portText] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(authority) ?? [];
  const port = Number(portText);
  const target = port >= 1 && port <= 65_535 ? targetOf(bracketed ?? plain ?? "", port) : undefined;
  if (target === undefined) return { reply: REPLIES.addressTypeNotSupported };
  const authorization = headers.find((header) => /^proxy-authorization:/i.test(header));
  return { command: "connect", target, credentials: authorization?.slice(authorization.indexOf(":") + 1).trim() ?? "" };
}

export function httpReply(reply: number): Buffer {
  const status = httpStatusOf(reply);
  const end = reply === REPLIES.succeeded ? "" : "Content-Length: 0\r\nConnection: close\r\n";
  const allow = reply === REPLIES.commandNotSupported ? "Allow: CONNECT\r\n" : "";
  return Buffer.from(`HTTP/1.1 ${status}\r\n${allow}${end}\r\n`);
}
