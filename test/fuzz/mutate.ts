import type { Random } from "./random.ts";

const NASTY = [0, 1, 4, 5, 7, 8, 16, 0x7f, 0x80, 0xfe, 0xff];

/** The bytes with one to four things done to them that a broken or hostile sender might do. */
export function mutate(random: Random, bytes: Buffer, other: Buffer): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.int(4); left > 0; left--) changed = once(random, changed, other);
  return changed;
}

function once(random: Random, bytes: Buffer, other: Buffer): Buffer {
  if (bytes.length === 0) return random.bytes(1 + random.int(32));
  const at = random.int(bytes.length);
  const count = 1 + random.int(Math.min(64, bytes.length - at));
  switch (random.int(8)) {
    case 0:
      bytes[at] = (bytes[at] as number) ^ (1 << random.int(8));
      return bytes;
    case 1:
      bytes[at] = random.pick(NASTY);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(count), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at + count), bytes.subarray(at)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.int(other.length))]);
    default:
      bytes.fill(random.pick(NASTY), at, at + Math.min(count, 8));
      return bytes;
  }
}

/** The bytes as a network might deliver them. */
export function cut(random: Random, bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  const longest = random.pick([1, 3, 9, 64, 2_000, 20_000]);
  // A byte at a time only where it is cheap.
  const most = bytes.length > 4_096 ? Math.max(longest, 64) : longest;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.int(most));
    chunks.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return chunks;
}
