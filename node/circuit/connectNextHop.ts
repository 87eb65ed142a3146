import net, { type Socket } from "node:net";
import { X0tError } from "../../core/x0tError.ts";

const CONNECT_TIMEOUT_MS = 5_000;
/** Bytes a direction that a relay holds for a slow side. */
export const PIPE_BUFFER_BYTES = 1 << 20;
/** One for all sockets of the process: a reader has done with it when it returns. */
const shared = Buffer.allocUnsafeSlow(1 << 20);

/** Returns false to stop reading until `socket.resume()`. The chunk is overwritten after the call. */
export type SocketReader = (chunk: Buffer) => boolean;

export interface NextHopSocket {
  socket: Socket;
  /** Must be called before the other side speaks; bytes without a reader end the connection. */
  setReader(reader: SocketReader): void;
}

/**
 * Connects to a literal address. Reads go through one shared buffer, a third of the cost of a fresh one each.
 * @param localAddress the own side's; ignored where it is of the other family
 * @throws X0T_UNREACHABLE (retryable)
 */
export function connectNextHop(
  endpoint: { host: string; port: number; localAddress?: string | undefined },
  signal: AbortSignal,
): Promise<NextHopSocket> {
  const { host, port, localAddress } = endpoint;
  let reader: SocketReader | undefined;
  const sameFamily = localAddress !== undefined && net.isIP(localAddress) === net.isIP(host);
  const socket = net.connect({
    host,
    port,
    ...(sameFamily && { localAddress }),
    autoSelectFamily: false,
    noDelay: true,
    highWaterMark: PIPE_BUFFER_BYTES,
    onread: {
      buffer: shared,
      callback(bytes, buffer) {
        if (reader === undefined) {
          socket.destroy();
          return false;
        }
        return reader(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      },
    },
  } as net.NetConnectOpts);
  socket.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off("connect", onConnect).off("error", onError);
      if (error === undefined) return resolve({ socket, setReader: (next) => (reader = next) });
      socket.destroy();
      reject(new X0tError("X0T_UNREACHABLE", `No connection to the next relay: ${error.message}.`, { retryable: true, cause: error }));
    };
    const onConnect = () => settle();
    const onError = (error: Error) => settle(error);
    const onAbort = () => settle(new Error("given up"));
    const timer = setTimeout(() => settle(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS);
    socket.once("connect", onConnect).once("error", onError);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
