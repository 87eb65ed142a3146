import { RESET_CODES } from "../circuit/frames.ts";
import type { SessionStream } from "./sessionStream.ts";

/** Streams of all sessions at once: each has a connection to somewhere, and so an open file. */
const MAX_STREAMS = 16_384;
/** Bytes that may wait in all streams for clients that do not take them. */
const BUFFER_BYTES = 256 << 20;
const LOOK_MS = 2_000;
/** Whoever took anything since is no slow reader. */
const MIN_STALL_MS = 2_000;

/** What the streams of an exit may cost together (NET-16). */
export interface ExitStreams {
  /** False: no more streams now. */
  hasRoom(): boolean;
  watch(stream: SessionStream): void;
}

export interface ExitStreamLimits {
  streams?: number | undefined;
  bufferBytes?: number | undefined;
  lookMs?: number | undefined;
}

/** A stream that stands still keeps its buffers, for ever if need be, until memory is short: then those that took nothing for the longest end. */
export function createExitStreams(limits: ExitStreamLimits = {}): ExitStreams {
  const { streams: max = MAX_STREAMS, bufferBytes = BUFFER_BYTES, lookMs = LOOK_MS } = limits;
  const streams = new Map<SessionStream, { sent: number; sinceMs: number }>();
  let timer: NodeJS.Timeout | undefined;

  const look = () => {
    const now = performance.now();
    const slow: { stream: SessionStream; waiting: number; sinceMs: number }[] = [];
    let buffered = 0;
    for (const [stream, seen] of streams) {
      const waiting = stream.writableLength;
      if (waiting === 0 || stream.sendNext !== seen.sent) {
        seen.sent = stream.sendNext;
        seen.sinceMs = now;
      }
      buffered += waiting;
      if (now - seen.sinceMs >= Math.min(MIN_STALL_MS, 2 * lookMs)) slow.push({ stream, waiting, sinceMs: seen.sinceMs });
    }
    slow.sort((a, b) => a.sinceMs - b.sinceMs);
    for (const { stream, waiting } of slow) {
      if (buffered <= bufferBytes) return;
      buffered -= waiting;
      stream.resetCode = RESET_CODES.limit;
      stream.destroy();
    }
  };
  return {
    hasRoom: () => streams.size < max,
    watch(stream) {
      streams.set(stream, { sent: stream.sendNext, sinceMs: performance.now() });
      timer ??= setInterval(look, lookMs).unref();
      stream.once("close", () => {
        streams.delete(stream);
        if (streams.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
    },
  };
}
