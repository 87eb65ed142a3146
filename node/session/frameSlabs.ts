import { DATA_HEADER_BYTES, MAX_DATA_BYTES } from "../circuit/frames.ts";

/** One TLS record each: the other side reads whole frames, without joining them. */
export const FULL_FRAME_BYTES = DATA_HEADER_BYTES + MAX_DATA_BYTES;
/** Sixteen full frames, and the small ones between them. */
export const SLAB_BYTES = 16 * FULL_FRAME_BYTES + 4_096;
/** Below this much room a new slab is begun: small writes cost as much as large ones. */
const LEAST_ROOM_BYTES = 4 * FULL_FRAME_BYTES;
/** Kept for the next writer; more goes to the garbage collector. */
const MAX_POOLED = 32;

/**
 * Frames as they were sent, kept until the other side has them: what is written to TLS and what is sent again is the same
 * memory. `holds` counts the frames in it that may be needed again, and the writer.
 */
export interface Slab {
  readonly bytes: Buffer;
  used: number;
  holds: number;
}

const pool: Slab[] = [];

export function takeSlab(): Slab {
  const slab = pool.pop() ?? { bytes: Buffer.allocUnsafeSlow(SLAB_BYTES), used: 0, holds: 0 };
  slab.used = 0;
  slab.holds = 1;
  return slab;
}

/** Never read the slab after giving up the last hold: it is somebody else's. */
export function releaseSlab(slab: Slab): void {
  slab.holds--;
  if (slab.holds === 0 && pool.length < MAX_POOLED) pool.push(slab);
}

/** The slab to write on: the one in use while it has room. */
export function roomySlab(slab: Slab | undefined): Slab {
  if (slab === undefined) return takeSlab();
  if (SLAB_BYTES - slab.used >= LEAST_ROOM_BYTES) return slab;
  releaseSlab(slab);
  return takeSlab();
}
