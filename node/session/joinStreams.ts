import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { readShared } from "../circuit/readShared.ts";
import { copyToBlock } from "./copyBlocks.ts";

/**
 * Carries bytes both ways between two half-open duplexes with back-pressure. An end passes as an end, a loss as a reset:
 * a broken transfer must never look like a complete one.
 * @param onLost told which side was lost before the other is reset
 */
export function joinStreams(left: Duplex, right: Duplex, onLost?: (lost: Duplex) => void): void {
  carry(left, right);
  carry(right, left);
  const tie = (from: Duplex, to: Duplex) =>
    from.once("close", () => {
      // After both ends it is over by itself; before, the other side must learn of the loss.
      const clean = from.readableEnded && from.writableFinished;
      if (clean || to.destroyed) return;
      onLost?.(from);
      if (to instanceof Socket) to.resetAndDestroy();
      else to.destroy();
    });
  tie(left, right);
  tie(right, left);
}

function carry(from: Duplex, to: Duplex): void {
  if (from instanceof Socket && carryShared(from, to)) return;
  let corked = false;
  const uncork = () => {
    corked = false;
    to.uncork();
  };
  from.on("data", (chunk: Buffer) => {
    // Records arrive in bursts of 16 kB: one write for all of them.
    if (!corked) {
      corked = true;
      to.cork();
      setImmediate(uncork);
    }
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  // An application may have ended its side while its connection was being opened: nobody will say so again.
  if (from.readableEnded) to.end();
  else from.once("end", () => to.end());
}

/** Reads into memory that all sockets share and copies it once: fresh memory for each read cost more than the copy. */
function carryShared(from: Socket, to: Duplex): boolean {
  for (let early = from.read() as Buffer | null; early !== null; early = from.read() as Buffer | null) to.write(early);
  const takes = readShared(from, (chunk) => {
    const { bytes, done } = copyToBlock(chunk);
    return to.write(bytes, done);
  });
  if (!takes) return false;
  to.on("drain", () => from.resume());
  if (from.readableEnded) to.end();
  else from.once("end", () => to.end());
  from.resume();
  return true;
}
