import type { Socket } from "node:net";

/** Reads a handshake from a socket without taking a byte too many; the rest stays for whoever reads on. */
export interface ByteReader {
  /** Undefined if the socket ends first or the signal aborts. */
  exactly(count: number): Promise<Buffer | undefined>;
  /** Bytes up to and with `delimiter`; undefined also if it does not come within `max` bytes. */
  through(delimiter: string, max: number): Promise<Buffer | undefined>;
  /** Lets go of the socket: its next reader gets everything else. */
  release(): void;
}

export function createByteReader(socket: Socket, signal: AbortSignal): ByteReader {
  let wake: () => void = () => undefined;
  let over = signal.aborted;
  // One listener for all reads: a new one is told at once of bytes that are too few, and would spin.
  const onReadable = () => wake();
  const onOver = () => {
    over = true;
    wake();
  };
  socket.on("readable", onReadable).once("end", onOver).once("close", onOver);
  signal.addEventListener("abort", onOver, { once: true });
  const wait = async (): Promise<boolean> => {
    if (!over && !socket.destroyed && !socket.readableEnded) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return !over;
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
    release() {
      socket.off("readable", onReadable).off("end", onOver).off("close", onOver);
      signal.removeEventListener("abort", onOver);
    },
  };
}
