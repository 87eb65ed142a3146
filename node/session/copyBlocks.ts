const BLOCK_BYTES = 256 << 10;
const MAX_POOLED = 16;

interface Block {
  readonly bytes: Buffer;
  used: number;
  holds: number;
}

const pool: Block[] = [];
let current: Block = newBlock();

function newBlock(): Block {
  return { bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES), used: 0, holds: 1 };
}

function release(block: Block): void {
  if (--block.holds > 0) return;
  block.used = 0;
  block.holds = 1;
  if (pool.length < MAX_POOLED) pool.push(block);
}

/** A copy of at most BLOCK_BYTES in memory that is used again: `done` gives it back, after which nobody may look at it. */
export function copyToBlock(bytes: Buffer): { bytes: Buffer; done: () => void } {
  if (BLOCK_BYTES - current.used < bytes.length) {
    const full = current;
    current = pool.pop() ?? newBlock();
    release(full);
  }
  const block = current;
  const start = block.used;
  bytes.copy(block.bytes, start);
  block.used += bytes.length;
  block.holds++;
  return { bytes: block.bytes.subarray(start, block.used), done: () => release(block) };
}
