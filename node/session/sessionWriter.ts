import { encodeFrame } from "../circuit/encodeFrame.ts";
import { countedBytes, FRAME_HEADER_BYTES, type Frame } from "../circuit/frames.ts";
import { releaseSlab, roomySlab, SLAB_BYTES, type Slab } from "./frameSlabs.ts";
import type { SessionPath } from "./path.ts";
import type { SentFrame } from "./sentLog.ts";
import { createSendRound } from "./sendRound.ts";
import type { SessionStream } from "./sessionStream.ts";

const MAX_QUEUED_BYTES = 1 << 20;
/** What waits longer is of less use than what comes next. */
const MAX_QUEUED_DATAGRAMS = 64;
const ACK_BYTES = FRAME_HEADER_BYTES + 16;

/** A counted frame in the slab. `once`: a datagram, not sent again if it is lost, nor twice. */
interface Written {
  at: number;
  length: number;
  stream: SessionStream | undefined;
  streamEnd: number;
  once: boolean;
}

/**
 * Everything of a session that waits to be written, in this order: datagrams, ACKs, small frames, what lost paths did not
 * deliver, streams in turn. One batch at a time goes to a path, in one write.
 */
export interface SessionWriter {
  /** OPEN, OPENED, FIN, RESET, sent surely. @returns false if far too much waits */
  queue(frame: Frame): boolean;
  /** Sent once. @returns false if so many wait that the oldest one was dropped for it */
  queueDatagram(frame: Extract<Frame, { type: "DGRAM" }>): boolean;
  owesAck(stream: SessionStream): void;
  forget(stream: SessionStream): void;
  /** The stream may have something to send. */
  wake(stream: SessionStream): void;
  /** Takes over what a path has not delivered. */
  resend(path: SessionPath): void;
  /** Streams wait for their turn. */
  readonly waiting: boolean;
  /** Frames of that circuit alone. */
  writeControl(path: SessionPath): void;
  /**
   * A batch of the session's frames, and a copy of it to another path.
   * @returns the streams that had a turn, and whether DATA went out
   */
  writeSession(path: SessionPath, copyTo: SessionPath | undefined): { turns: SessionStream[]; wroteData: boolean };
  /** Nothing is under way: gives the memory back. */
  rest(): void;
  /** Ends it. @returns the frames that were still queued */
  shut(): Buffer;
}

export function createSessionWriter(): SessionWriter {
  const round = createSendRound();
  const acks = new Set<SessionStream>();
  /** Each with a hold of its slab. */
  let resends: SentFrame[] = [];
  let queue: { bytes: Buffer; counted: boolean }[] = [];
  let queuedBytes = 0;
  let datagrams: Buffer[] = [];
  let slab: Slab | undefined;

  const fillAcks = (to: Buffer, at: number): number => {
    for (const stream of acks) {
      if (at + ACK_BYTES > SLAB_BYTES) break;
      acks.delete(stream);
      stream.ackDue = false;
      at += encodeFrame({ type: "ACK", stream: stream.id, next: stream.receiveNext, limit: stream.receiveLimit }).copy(to, at);
    }
    return at;
  };
  const fillQueue = (to: Buffer, at: number, written: Written[]): number => {
    let taken = 0;
    for (const { bytes, counted } of queue) {
      if (at + bytes.length > SLAB_BYTES) break;
      bytes.copy(to, at);
      if (counted) written.push({ at, length: bytes.length, stream: undefined, streamEnd: 0, once: false });
      at += bytes.length;
      queuedBytes -= bytes.length;
      taken++;
    }
    if (taken > 0) queue = queue.slice(taken);
    return at;
  };
  /** They keep to the bound of NET-10 as DATA does. */
  const fillDatagrams = (to: Buffer, start: number, allowance: number, written: Written[]): number => {
    let at = start;
    let taken = 0;
    for (const bytes of datagrams) {
      if (at + bytes.length > SLAB_BYTES || at - start + bytes.length > allowance) break;
      bytes.copy(to, at);
      written.push({ at, length: bytes.length, stream: undefined, streamEnd: 0, once: true });
      at += bytes.length;
      taken++;
    }
    if (taken > 0) datagrams = datagrams.slice(taken);
    return at;
  };
  const fillResends = (to: Buffer, at: number, allowance: number, written: Written[]): number => {
    let taken = 0;
    let left = allowance;
    for (const frame of resends) {
      const { stream, streamEnd, length } = frame;
      if (stream === undefined || (!stream.aborted && stream.acknowledged < streamEnd)) {
        if (at + length > SLAB_BYTES || left <= 0) break;
        frame.slab.bytes.copy(to, at, frame.at, frame.at + length);
        written.push({ at, length, stream, streamEnd, once: false });
        at += length;
        left -= length;
      }
      releaseSlab(frame.slab);
      taken++;
    }
    if (taken > 0) resends = resends.slice(taken);
    return at;
  };
  const put = (path: SessionPath, on: Slab, start: number, end: number, written: readonly Written[], copy: boolean) => {
    let counted = 0;
    for (const { at, length, stream, streamEnd, once } of written) {
      path.log.add(on, at, length, stream, streamEnd, copy || once);
      counted += length;
    }
    if (counted > 0) path.sent(counted);
    path.write(on.bytes.subarray(start, end));
  };
  const writeControl = (path: SessionPath) => {
    if (!path.writable() || !path.hasControl()) return;
    slab = roomySlab(slab);
    const start = slab.used;
    const at = path.fillControl(slab.bytes, start, SLAB_BYTES);
    if (at === start) return;
    slab.used = at;
    path.write(slab.bytes.subarray(start, at));
  };

  return {
    queue(frame) {
      const bytes = encodeFrame(frame);
      queue.push({ bytes, counted: countedBytes(frame) > 0 });
      queuedBytes += bytes.length;
      return queuedBytes <= MAX_QUEUED_BYTES;
    },
    queueDatagram(frame) {
      datagrams.push(encodeFrame(frame));
      if (datagrams.length <= MAX_QUEUED_DATAGRAMS) return true;
      datagrams.shift();
      return false;
    },
    owesAck(stream) {
      stream.ackDue = true;
      acks.add(stream);
    },
    forget: (stream) => void acks.delete(stream),
    wake: (stream) => round.add(stream),
    resend(path) {
      resends.push(...path.log.uncovered());
    },
    get waiting() {
      return round.waiting;
    },
    writeControl,
    writeSession(path, copyTo) {
      if (!path.writable()) return { turns: [], wroteData: false };
      slab = roomySlab(slab);
      const on = slab;
      const start = on.used;
      const own = path.fillControl(on.bytes, start, SLAB_BYTES);
      const written: Written[] = [];
      const from = fillDatagrams(on.bytes, own, path.allowance(), written);
      let at = fillAcks(on.bytes, from);
      at = fillQueue(on.bytes, at, written);
      at = fillResends(on.bytes, at, path.allowance() - (at - own), written);
      const filled = round.fill({ to: on.bytes, start: at, end: SLAB_BYTES, allowance: path.allowance() - (at - own), quantum: path.quantum() });
      at = filled.at;
      for (const frame of filled.frames) written.push({ ...frame, once: false });
      path.fullSinceMs = filled.full ? (path.fullSinceMs ?? performance.now()) : undefined;
      if (at > start) {
        on.used = at;
        put(path, on, start, at, written, false);
        if (copyTo?.writable() === true && from < at) put(copyTo, on, from, at, written.filter(({ once }) => !once), true);
      }
      return { turns: filled.turns, wroteData: filled.frames.length > 0 };
    },
    rest() {
      if (slab === undefined || resends.length > 0) return;
      releaseSlab(slab);
      slab = undefined;
    },
    shut() {
      for (const { slab: held } of resends) releaseSlab(held);
      resends = [];
      if (slab !== undefined) releaseSlab(slab);
      slab = undefined;
      acks.clear();
      const left = Buffer.concat(queue.map(({ bytes }) => bytes));
      queue = [];
      datagrams = [];
      return left;
    },
  };
}
