import type { Socket } from "node:net";

/** Reads a handshake from a socket without taking a byte too many; the rest stays for whoever reads on. */
export interface ByteReader {
  /** Undefined if the socket ends first or the signal aborts. */
  exactly(count: number): Promise<Buffer | undefined>;
  /** Bytes up to and with `delimiter`; undefined also if it does not come within `max` bytes. */
  through(delimiter: string, max: number): Promise<Buffer | undefined>;
}

export function createByteReader(socket: Socket, signal: AbortSignal): ByteReader {
  const wait = (): Promise<boolean> => {
    if (signal.aborted || socket.destroyed || socket.readableEnded) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (more: boolean) => {
        socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd);
        signal.removeEventListener("abort", onEnd);
        resolve(more);
      };
      const onReadable = () => settle(true);
      const onEnd = () => settle(false);
      socket.once("readable", onReadable).once("end", onEnd).once("close", onEnd);
      signal.addEventListener("abort", onEnd, { once: true });
    });
  };
  return {
    async exactly(count) {
      for (;;) {
        const bytes = socket.read(count) as Buffer | null;
        if (bytes !== null) return bytes.length === count ? bytes : undefined;
        if (!(await wait())) return undefined;
      }
    },
    async through(delimiter, max) {
      let bytes: Buffer = Buffer.alloc(0);
      for (;;) {
        const chunk = socket.read() as Buffer | null;
        if (chunk === null) {
          if (!(await wait())) return undefined;
          continue;
        }
        const from = Math.max(0, bytes.length - delimiter.length);
        bytes = Buffer.concat([bytes, chunk]);
        const at = bytes.indexOf(delimiter, from);
        const end = at + delimiter.length;
        if (at < 0 ? bytes.length >= max : end > max) return undefined;
        if (at < 0) continue;
        if (end < bytes.length) socket.unshift(bytes.subarray(end));
        return bytes.subarray(0, end);
      }
    },
  };
}
