import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { bytesOf, copyPiece, releasePiece } from "../circuit/copyBlocks.ts";
import { gatherWrites } from "../circuit/gatherWrites.ts";
import { readShared } from "../circuit/readShared.ts";
import { SessionStream } from "./sessionStream.ts";

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
  const flush = from instanceof SessionStream && to instanceof Socket ? carryStream(from, to) : undefined;
  if (flush === undefined && !(from instanceof Socket && carrySocket(from, to))) carryAny(from, to);
  const end = () => {
    flush?.();
    to.end();
  };
  // An application may have ended its side while its connection was being opened: nobody will say so again.
  if (from.readableEnded) end();
  else from.once("end", end);
}

/** @returns what writes the bytes that have not left yet */
function carryStream(from: SessionStream, to: Socket): () => void {
  const writes = gatherWrites(to, () => from.pull());
  from.deliver(writes.add);
  return writes.flush;
}

/** Reads into memory that all sockets share and copies it once: fresh memory for each read cost more than the copy. */
function carrySocket(from: Socket, to: Duplex): boolean {
  for (let early = from.read() as Buffer | null; early !== null; early = from.read() as Buffer | null) to.write(early);
  const shares = readShared(from, (chunk) => {
    const piece = copyPiece(chunk);
    to.write(bytesOf(piece), () => {
      releasePiece(piece);
      from.resume();
    });
    return false;
  });
  if (shares) from.resume();
  return shares;
}

function carryAny(from: Duplex, to: Duplex): void {
  from.on("data", (chunk: Buffer) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
}
