import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { X0tError } from "../core/x0tError.ts";

/** Replies of RFC 1928, section 6. */
const REPLIES = [
  "succeeded",
  "general failure",
  "not allowed by the exit's rules",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "timed out",
  "command not supported",
  "address type not supported",
];

/**
 * Opens a connection through a SOCKS5 proxy; the name is resolved at the far end.
 * @throws X0T_SOCKS naming the proxy's reply
 */
export async function connectThroughSocks(
  proxy: { host: string; port: number },
  target: { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ ...proxy, signal, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    socket.write(Buffer.from([5, 1, 0]));
    const method = await readBytes(socket, 2, signal);
    if (method[0] !== 5 || method[1] !== 0) throw new X0tError("X0T_SOCKS", "The proxy does not speak SOCKS5 without credentials.");
    const name = Buffer.from(target.host);
    const port = Buffer.alloc(2);
    port.writeUInt16BE(target.port);
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, port]));
    const head = await readBytes(socket, 4, signal);
    const reply = head[1] ?? 1;
    if (reply !== 0) {
      throw new X0tError("X0T_SOCKS", `The proxy could not connect: ${REPLIES[reply] ?? `reply ${reply}`}.`, { retryable: true, data: { reply } });
    }
    const addressBytes = head[3] === 4 ? 16 : head[3] === 1 ? 4 : ((await readBytes(socket, 1, signal))[0] ?? 0);
    await readBytes(socket, addressBytes + 2, signal);
    return socket;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    if (cause instanceof X0tError) throw cause;
    throw new X0tError("X0T_SOCKS", `The proxy at ${proxy.host}:${proxy.port} broke off: ${(cause as Error).message}.`, { retryable: true, cause });
  }
}

/** GET of a plain http URL through a SOCKS5 proxy, on a connection of its own. @throws X0T_SOCKS */
export async function getThroughSocks(
  proxy: { host: string; port: number },
  url: URL,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const socket = await connectThroughSocks(proxy, { host: url.hostname, port: Number(url.port || 80) }, signal);
  // With any `agent`, also false, Node would connect by itself, past the proxy.
  const call = request(url, { createConnection: () => socket, signal });
  call.end();
  const [response] = (await once(call, "response", { signal })) as [IncomingMessage];
  return response;
}

async function readBytes(socket: Socket, count: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(count) as Buffer | null;
    if (bytes !== null && bytes.length === count) return bytes;
    if (socket.readableEnded || socket.destroyed) throw new Error("connection ended");
    await Promise.race([once(socket, "readable", { signal }), once(socket, "end", { signal })]);
  }
}
