export const BLOCK_BYTES = 256 << 10;
const MAX_POOLED = 16;

interface Block {
  readonly bytes: Buffer;
  used: number;
  holds: number;
}

/** A copy in memory that is used again. Whoever holds one for long holds a whole block: at most one a connection. */
export interface Piece {
  block: Block;
  start: number;
  end: number;
}

const pool: Block[] = [];
let current = newBlock();

function newBlock(): Block {
  return { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0, holds: 1 };
}

function letGo(block: Block): void {
  if (--block.holds > 0) return;
  block.used = 0;
  block.holds = 1;
  if (pool.length < MAX_POOLED) pool.push(block);
}

/** @param bytes at most BLOCK_BYTES */
export function copyPiece(bytes: Buffer): Piece {
  if (BLOCK_BYTES - current.used < bytes.length) {
    const full = current;
    current = pool.pop() ?? newBlock();
    letGo(full);
  }
  const piece = { block: current, start: current.used, end: current.used };
  current.holds++;
  appendPiece(piece, bytes);
  return piece;
}

/** @returns false if what follows the piece is taken: nothing was copied */
export function appendPiece(piece: Piece, bytes: Buffer): boolean {
  const { block } = piece;
  if (block.used !== piece.end || BLOCK_BYTES - block.used < bytes.length) return false;
  piece.end += bytes.copy(block.bytes, piece.end);
  block.used = piece.end;
  return true;
}

export function bytesOf({ block, start, end }: Piece): Buffer {
  return block.bytes.subarray(start, end);
}

/** After it nobody may look at its bytes. */
export function releasePiece({ block }: Piece): void {
  letGo(block);
}
