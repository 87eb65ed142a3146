import { releaseSlab, type Slab } from "./frameSlabs.ts";
import type { SessionStream } from "./sessionStream.ts";

/** A frame of which the other side must get a copy, on this path or another one. */
export interface SentFrame {
  slab: Slab;
  at: number;
  length: number;
  /** Counted bytes of the path up to and with this frame. */
  end: number;
  sentMs: number;
  /** Of a DATA frame: its stream, and where in it the frame ends. */
  stream: SessionStream | undefined;
  streamEnd: number;
  /** Somebody else cares for it: it went out on another path too, or was sent again. */
  covered: boolean;
}

/** Frames that a path has sent and its other side has not told of by CACK, oldest first. */
export interface SentLog {
  /** Takes a hold of the slab. @param covered it is a copy: never to be sent again from here */
  add(slab: Slab, at: number, length: number, stream: SessionStream | undefined, streamEnd: number, covered: boolean): void;
  /** The other side has `total` counted bytes. */
  acknowledged(total: number): void;
  /** Frames to send again on another path; each is given once. The caller gets a hold of each slab. */
  uncovered(): SentFrame[];
  /** When the oldest frame was sent (performance.now); undefined if all arrived. */
  oldestMs(): number | undefined;
  readonly frames: number;
  readonly total: number;
  clear(): void;
}

export function createSentLog(nowMs: () => number = () => performance.now()): SentLog {
  let frames: SentFrame[] = [];
  let oldest = 0;
  let total = 0;
  return {
    add(slab, at, length, stream, streamEnd, covered) {
      total += length;
      slab.holds++;
      frames.push({ slab, at, length, end: total, sentMs: nowMs(), stream, streamEnd, covered });
    },
    acknowledged(acknowledgedTotal) {
      for (let frame = frames[oldest]; frame !== undefined && frame.end <= acknowledgedTotal; frame = frames[++oldest]) releaseSlab(frame.slab);
      if (oldest === frames.length || oldest > 1_024) {
        frames = frames.slice(oldest);
        oldest = 0;
      }
    },
    uncovered() {
      const found: SentFrame[] = [];
      for (let i = oldest; i < frames.length; i++) {
        const frame = frames[i] as SentFrame;
        if (frame.covered) continue;
        frame.covered = true;
        frame.slab.holds++;
        found.push(frame);
      }
      return found;
    },
    oldestMs: () => frames[oldest]?.sentMs,
    get frames() {
      return frames.length - oldest;
    },
    get total() {
      return total;
    },
    clear() {
      for (let i = oldest; i < frames.length; i++) releaseSlab((frames[i] as SentFrame).slab);
      frames = [];
      oldest = 0;
    },
  };
}
