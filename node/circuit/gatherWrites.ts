import type { Socket } from "node:net";
import { appendPiece, BLOCK_BYTES, bytesOf, copyPiece, releasePiece, type Piece } from "./copyBlocks.ts";

/** What a socket may have waiting before its source must wait. */
const MAX_WAITING_BYTES = 256 << 10;

/** Records of TLS arrive in bursts of 16 kB: their bytes go to a socket in one write for all of a turn of the loop. */
export interface GatheredWrites {
  /** Copies the bytes. @returns false if the source should wait for `onRoom` */
  add(bytes: Buffer): boolean;
  /** Writes what is gathered now. */
  flush(): void;
}

/** @param onRoom called after add() said false, once more may come */
export function gatherWrites(to: Socket, onRoom: () => void): GatheredWrites {
  let piece: Piece | undefined;
  let scheduled = false;
  let full = false;

  const flush = () => {
    if (piece === undefined) return;
    const written = piece;
    piece = undefined;
    if (to.writableLength === 0) {
      to.write(bytesOf(written), () => {
        releasePiece(written);
        settle();
      });
      return;
    }
    // A slow one gets memory of its own: blocks are for what leaves at once.
    to.write(Buffer.from(bytesOf(written)), settle);
    releasePiece(written);
  };
  const put = (bytes: Buffer) => {
    if (piece !== undefined && appendPiece(piece, bytes)) return;
    flush();
    piece = copyPiece(bytes);
  };
  const settle = () => {
    if (!full || to.writableLength >= MAX_WAITING_BYTES / 2) return;
    full = false;
    onRoom();
  };
  const onTurn = () => {
    scheduled = false;
    flush();
  };
  return {
    add(bytes) {
      for (let at = 0; at < bytes.length; at += BLOCK_BYTES) put(bytes.subarray(at, at + BLOCK_BYTES));
      if (!scheduled) {
        scheduled = true;
        setImmediate(onTurn);
      }
      // Once full it stays so until `onRoom`: TLS brings what it has after the source was stopped, and nobody else starts that again.
      full ||= to.writableLength + (piece === undefined ? 0 : piece.end - piece.start) >= MAX_WAITING_BYTES;
      return !full;
    },
    flush,
  };
}
