import type { TLSSocket } from "node:tls";
import type { NextHopSocket } from "./connectNextHop.ts";
import { gatherWrites } from "./gatherWrites.ts";
import { readShared } from "./readShared.ts";

/** How long buffered bytes may take to leave once one side has ended. */
const FLUSH_MS = 2_000;
const RECORD_BYTES = 16_384;

/** A relay's part after EXTEND: bytes one way and the other, unread, some 100 kB buffered a direction (NET-5). */
export interface Pipe {
  /** Unpaid circuits stand still in both directions (NET-19). */
  setPaused(paused: boolean): void;
  /** TLS records read and written (NET-7). */
  records(): number;
  /** Sends what is buffered, then ends both sides. */
  close(): void;
}

/** Bytes that may still pass (NET-16); Infinity = no limit. */
export interface Allowance {
  left: number;
  /** Pauses the pipe. */
  onSpent(): void;
}

/** @param early bytes that followed EXTEND */
export function pipeTunnel(tls: TLSSocket, next: NextHopSocket, early: Buffer, allowance: Allowance): Pipe {
  const { socket } = next;
  let paused = false;
  let writing = false;
  let records = 0;
  let closing = false;
  let open = 2;
  let timer: NodeJS.Timeout | undefined;

  let full = false;
  const writes = gatherWrites(socket, () => {
    full = false;
    if (!paused) tls.resume();
  });
  const forward = (chunk: Buffer): boolean => {
    records++;
    full = !writes.add(chunk);
    if ((allowance.left -= chunk.length) <= 0) allowance.onSpent();
    return !full && !paused;
  };
  const resume = () => {
    if (!full) tls.resume();
    if (!writing) socket.resume();
  };
  const close = () => {
    if (closing) return;
    closing = true;
    tls.destroySoon();
    writes.flush();
    socket.destroySoon();
    timer = setTimeout(() => {
      tls.destroy();
      socket.destroy();
    }, FLUSH_MS);
  };
  const onClose = () => {
    close();
    if (--open === 0) clearTimeout(timer);
  };

  // Read, write, and read on once that is written: TLS consumes a write at once, so the shared buffer is never copied
  // and nothing piles up. Buffers of one's own cost a third more CPU, most of it in garbage collection.
  const onWritten = () => {
    writing = false;
    if (!paused) socket.resume();
  };
  next.setReader((chunk) => {
    writing = true;
    records += Math.ceil(chunk.length / RECORD_BYTES);
    tls.write(tls.writableLength > 0 ? Buffer.from(chunk) : chunk, onWritten);
    if ((allowance.left -= chunk.length) <= 0) allowance.onSpent();
    return false;
  });
  if (!readShared(tls, forward)) tls.on("data", (chunk: Buffer) => void (forward(chunk) || tls.pause()));
  tls.once("end", close).once("close", onClose);
  socket.once("end", close).once("close", onClose);
  if (early.length > 0) forward(early);
  if (tls.destroyed || socket.destroyed) close();
  return {
    setPaused(value) {
      paused = value;
      if (value) {
        tls.pause();
        socket.pause();
      } else resume();
    },
    records: () => records,
    close,
  };
}
