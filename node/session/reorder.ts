/** Smaller pieces are joined: each costs more than its bytes. */
const WHOLE_PIECE_BYTES = 8_192;
/** What a piece costs beside its bytes, counted with them: many tiny pieces with gaps must not cost more than they may. */
const PIECE_BYTES = 256;

/** Pieces of a stream at most: an honest sender's are whole frames, or follow one another. */
const MAX_PIECES = 4_096;

interface Piece {
  start: number;
  end: number;
  /** At least `end - start` bytes; the rest is room for what follows. */
  bytes: Buffer;
}

/** What came on one path before what is under way on another one (NET-9). */
export interface Reorder {
  /** Keeps a copy of `bytes` of `offset`. @returns false if that makes more than twice `windowBytes` */
  put(offset: number, bytes: Buffer, windowBytes: number): boolean;
  /** The next bytes at `next`, taken out; undefined while they are missing. Call until undefined. */
  take(next: number): Buffer | undefined;
}

export function createReorder(): Reorder {
  /** By start; pieces may overlap. */
  const pieces: Piece[] = [];
  let held = 0;
  return {
    put(offset, bytes, windowBytes) {
      const at = placeOf(pieces, offset);
      const before = pieces[at - 1];
      if (before !== undefined && before.end >= offset + bytes.length) return true; // a duplicate
      const small = bytes.length < WHOLE_PIECE_BYTES;
      const joins = small && before?.end === offset && before.end - before.start < WHOLE_PIECE_BYTES;
      held += bytes.length + (joins ? 0 : PIECE_BYTES);
      if (held > 2 * windowBytes || pieces.length >= MAX_PIECES) return false;
      if (joins) append(before as Piece, bytes);
      else pieces.splice(at, 0, { start: offset, end: offset + bytes.length, bytes: Buffer.from(bytes) });
      return true;
    },
    take(next) {
      for (;;) {
        const first = pieces[0];
        if (first === undefined || first.start > next) return undefined;
        pieces.shift();
        held -= first.end - first.start + PIECE_BYTES;
        if (first.end > next) return first.bytes.subarray(next - first.start, first.end - first.start);
      }
    },
  };
}

function append(piece: Piece, bytes: Buffer): void {
  const length = piece.end - piece.start;
  if (length + bytes.length > piece.bytes.length) {
    const grown = Buffer.allocUnsafeSlow(2 * (length + bytes.length));
    piece.bytes.copy(grown, 0, 0, length);
    piece.bytes = grown;
  }
  bytes.copy(piece.bytes, length);
  piece.end += bytes.length;
}

/** Behind all that start at or before `offset`. */
function placeOf(pieces: readonly Piece[], offset: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle] as Piece).start > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
