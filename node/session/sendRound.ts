import { writeDataHeader } from "../circuit/encodeFrame.ts";
import { DATA_HEADER_BYTES, MAX_DATA_BYTES } from "../circuit/frames.ts";
import type { SessionStream } from "./sessionStream.ts";

/** A DATA frame as it was written. */
export interface WrittenFrame {
  at: number;
  length: number;
  stream: SessionStream;
  streamEnd: number;
}

/** Streams with something to send take turns frame by frame, within what the path may hold (NET-10). */
export interface SendRound {
  add(stream: SessionStream): void;
  readonly waiting: boolean;
  /**
   * Writes DATA frames into `to` from `start` up to `end`.
   * @param allowance bytes that the path may take, @param quantum the least that is worth a write of its own
   */
  fill(params: { to: Buffer; start: number; end: number; allowance: number; quantum: number }): {
    at: number;
    frames: WrittenFrame[];
    /** Streams that had a turn, once for each. */
    turns: SessionStream[];
    /** It is the allowance that stopped it. */
    full: boolean;
  };
}

export function createSendRound(): SendRound {
  const round: SessionStream[] = [];
  return {
    add(stream) {
      if (stream.queued || (stream.sendable <= 0 && !stream.finDue)) return;
      stream.queued = true;
      round.push(stream);
    },
    get waiting() {
      return round.length > 0;
    },
    fill({ to, start, end, allowance, quantum }) {
      let at = start;
      let left = allowance;
      let full = false;
      const frames: WrittenFrame[] = [];
      const turns: SessionStream[] = [];
      while (round.length > 0) {
        const stream = round[0] as SessionStream;
        const want = Math.min(MAX_DATA_BYTES, stream.sendable);
        // Rather wait for the next CACK than send a little: tiny frames and tiny writes cost as much as full ones.
        full = want > 0 && left < (at > start ? DATA_HEADER_BYTES + want : quantum);
        if (full || at + DATA_HEADER_BYTES + want > end) break;
        round.shift();
        const offset = stream.sendNext;
        const count = stream.destroyed ? 0 : stream.takeInto(to, at + DATA_HEADER_BYTES, want);
        if (count > 0) {
          const length = DATA_HEADER_BYTES + count;
          writeDataHeader(to, at, stream.id, offset, count);
          frames.push({ at, length, stream, streamEnd: offset + count });
          at += length;
          left -= length;
        }
        turns.push(stream);
        if (stream.sendable > 0) round.push(stream);
        else stream.queued = false;
      }
      return { at, frames, turns, full };
    },
  };
}
