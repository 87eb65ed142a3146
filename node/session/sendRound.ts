import { writeDataHeader } from "../circuit/encodeFrame.ts";
import { DATA_HEADER_BYTES, MAX_DATA_BYTES } from "../circuit/frames.ts";
import { createInFlight } from "./inFlight.ts";
import type { SessionStream } from "./sessionStream.ts";

/** One TLS record each: the other side reads whole frames, without joining them. */
export const FULL_FRAME_BYTES = DATA_HEADER_BYTES + MAX_DATA_BYTES;

/** Streams with something to send take turns frame by frame, within what the circuit may hold (NET-10). */
export interface SendRound {
  add(stream: SessionStream): void;
  readonly waiting: boolean;
  /** Fills `to` from `start` with DATA frames. @returns the end, and the streams that had a turn */
  fill(to: Buffer, start: number): { at: number; sent: SessionStream[] };
  /** CACK. @returns false if the other side claims more than was sent */
  acknowledged(total: number): boolean;
}

export function createSendRound(): SendRound {
  const round: SessionStream[] = [];
  const inFlight = createInFlight();
  return {
    add(stream) {
      if (stream.queued || (stream.sendable <= 0 && !stream.finDue)) return;
      stream.queued = true;
      round.push(stream);
    },
    get waiting() {
      return round.length > 0;
    },
    fill(to, start) {
      let at = start;
      let allowance = inFlight.allowance();
      const sent: SessionStream[] = [];
      while (round.length > 0) {
        const stream = round[0] as SessionStream;
        const want = Math.min(MAX_DATA_BYTES, stream.sendable);
        // Rather wait for the next CACK than send a little: tiny frames and tiny writes cost as much as full ones.
        if (want > 0 && allowance < (at > start ? DATA_HEADER_BYTES + want : inFlight.quantum())) break;
        if (at + DATA_HEADER_BYTES + want > to.length) break;
        round.shift();
        const offset = stream.sendNext;
        const count = stream.destroyed ? 0 : stream.takeInto(to, at + DATA_HEADER_BYTES, want);
        if (count > 0) {
          writeDataHeader(to, at, stream.id, offset, count);
          at += DATA_HEADER_BYTES + count;
          allowance -= DATA_HEADER_BYTES + count;
        }
        sent.push(stream);
        if (stream.sendable > 0) round.push(stream);
        else stream.queued = false;
      }
      if (at > start) inFlight.sent(at - start);
      return { at, sent };
    },
    acknowledged: (total) => inFlight.acknowledged(total),
  };
}
