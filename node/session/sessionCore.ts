import type { TLSSocket } from "node:tls";
import { encodeFrame } from "../circuit/encodeFrame.ts";
import { CLOSE_CODES, DATA_HEADER_BYTES, RESET_CODES, type Frame } from "../circuit/frames.ts";
import { createFrameParser } from "../circuit/parseFrame.ts";
import { createCackClock } from "./cackClock.ts";
import { createSendRound, FULL_FRAME_BYTES } from "./sendRound.ts";
import { circuitLost, SessionStream, streamReset, type StreamEngine } from "./sessionStream.ts";
import { createSessionWindows, type WindowBudget } from "./windows.ts";

export const MAX_STREAMS = 256;
const BATCH_BYTES = 16 * FULL_FRAME_BYTES;
const MAX_CONTROL_BYTES = 1 << 20;
/** TLS consumes a write at once, so one buffer serves every session of the process. */
const scratch = Buffer.allocUnsafeSlow(BATCH_BYTES);

/** The part of a session that both ends share: streams, windows, order of sending (NET-10, NET-11). */
export interface SessionCore {
  streams: ReadonlyMap<number, SessionStream>;
  /** Undefined if the memory for its window is not there. */
  addStream(id: number, sendLimit: number, window?: number): SessionStream | undefined;
  takeWindow(): number;
  giveWindow(window: number): void;
  /** Queues a control frame; they go before data. */
  send(frame: Frame): void;
  setPaused(paused: boolean): void;
  /** Resets every stream, says CLOSE and ends the circuit. */
  close(code: number, resetCode?: number): void;
  /** Bytes of an earlier reader. */
  feed(bytes: Buffer): void;
  /** TLS records read and written (NET-7). */
  records(): number;
  /** Milliseconds (performance.now) of the last byte received. */
  lastHeardMs(): number;
}

/**
 * @param role the side that did not open streams rejects ids that it never saw
 * @param onFrame the frames of one role only: false = it breaks the protocol
 * @param onClosed once, when the tunnel is gone, after all streams
 */
export function createSessionCore(params: {
  tls: TLSSocket;
  budget: WindowBudget;
  /** Highest stream id opened so far. */
  highestStream(): number;
  onFrame(frame: Frame): boolean;
  onClosed(): void;
}): SessionCore {
  const { tls } = params;
  const parser = createFrameParser();
  const windows = createSessionWindows(params.budget);
  const streams = new Map<number, SessionStream>();
  const round = createSendRound();
  const acks = new Set<SessionStream>();
  let control: Buffer[] = [];
  let controlBytes = 0;
  let records = 0;
  let scheduled = false;
  let paused = false;
  let closed = false;
  let lastHeardMs = performance.now();

  const schedule = () => {
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(flush);
  };
  const cack = createCackClock(schedule);
  const send = (frame: Frame) => {
    const bytes = encodeFrame(frame);
    control.push(bytes);
    controlBytes += bytes.length;
    // The other side makes us answer and does not read the answers.
    if (controlBytes > MAX_CONTROL_BYTES) tls.destroy();
    else schedule();
  };

  const engine: StreamEngine = {
    wake(stream) {
      round.add(stream);
      if (round.waiting) schedule();
    },
    consumed(stream) {
      if (stream.finReceived || stream.destroyed || stream.ackDue) return;
      const consumed = stream.receiveNext - stream.unread;
      const open = stream.receiveLimit - consumed;
      if (stream.window - open < stream.window / 4) return;
      // Most of the window was used and the application keeps up: it is the window that limits.
      if (stream.receiveLimit - stream.receiveNext < stream.window / 2 && stream.unread < stream.window / 4) {
        stream.window = windows.grow(stream.window);
      }
      stream.receiveLimit = consumed + stream.window;
      stream.ackDue = true;
      acks.add(stream);
      schedule();
    },
    dropped(stream, code) {
      if (streams.get(stream.id) !== stream) return;
      streams.delete(stream.id);
      acks.delete(stream);
      windows.give(stream.window);
      if (code !== undefined && !closed) send({ type: "RESET", stream: stream.id, code });
    },
  };

  /** Control frames that are due, oldest first; what does not fit stays. */
  const fillControl = (): number => {
    for (const stream of acks) {
      stream.ackDue = false;
      control.push(encodeFrame({ type: "ACK", stream: stream.id, next: stream.receiveNext, limit: stream.receiveLimit }));
    }
    acks.clear();
    const received = cack.take();
    if (received !== undefined) control.push(encodeFrame({ type: "CACK", received }));
    let at = 0;
    let taken = 0;
    for (const bytes of control) {
      if (at + bytes.length > BATCH_BYTES) break;
      bytes.copy(scratch, at);
      at += bytes.length;
      taken++;
    }
    control = taken === control.length ? [] : control.slice(taken);
    controlBytes = control.reduce((sum, bytes) => sum + bytes.length, 0);
    return at;
  };

  /** One batch at a time: it is written, and with it consumed, before the scratch buffer is filled again. */
  const flush = () => {
    scheduled = false;
    if (closed || paused || !tls.writable || tls.writableLength > 0) return;
    const { at, sent } = round.fill(scratch, fillControl());
    if (at > 0) {
      records += Math.ceil(at / FULL_FRAME_BYTES);
      tls.write(scratch.subarray(0, at), schedule);
    }
    for (const stream of sent) finishTurn(stream);
  };
  /** After its bytes left the scratch buffer: the application may now write more, or its FIN is due. */
  const finishTurn = (stream: SessionStream) => {
    stream.settleWrites();
    if (!stream.finDue || stream.destroyed) return engine.wake(stream);
    send({ type: "FIN", stream: stream.id, finalOffset: stream.sendNext });
    stream.settleFin();
  };

  const close = (code: number, resetCode: number = RESET_CODES.cancelled) => {
    if (closed) return;
    for (const stream of streams.values()) send({ type: "RESET", stream: stream.id, code: resetCode });
    send({ type: "CLOSE", code });
    const bytes: Buffer[] = [];
    for (let at = fillControl(); at > 0; at = fillControl()) bytes.push(Buffer.from(scratch.subarray(0, at)));
    if (tls.writable) tls.write(Buffer.concat(bytes));
    tls.destroySoon();
    end();
  };
  const end = () => {
    if (closed) return;
    closed = true;
    cack.stop();
    // Late bytes are of no use: read and forget them, so that the end is seen.
    tls.off("data", feed).on("data", () => undefined);
    for (const stream of [...streams.values()]) stream.lose(circuitLost());
  };

  const onData = (frame: Extract<Frame, { type: "DATA" }>): number | undefined => {
    cack.received(DATA_HEADER_BYTES + frame.payload.length);
    const stream = streams.get(frame.stream);
    // What was under way when a stream was reset.
    if (stream === undefined) return frame.stream > params.highestStream() ? CLOSE_CODES.protocol : undefined;
    const end = frame.offset + frame.payload.length;
    if (end > stream.receiveLimit) return CLOSE_CODES.flowControl;
    if (stream.finReceived || frame.offset > stream.receiveNext) return CLOSE_CODES.protocol;
    if (end <= stream.receiveNext) return undefined; // a duplicate (NET-9)
    const fresh = frame.payload.subarray(stream.receiveNext - frame.offset);
    stream.receiveNext = end;
    stream.receive(fresh);
    engine.consumed(stream);
    return undefined;
  };
  /** The code of the rule it breaks, undefined if none. */
  const onFrame = (frame: Frame): number | undefined => {
    const stream = "stream" in frame ? streams.get(frame.stream) : undefined;
    switch (frame.type) {
      case "DATA":
        return onData(frame);
      case "ACK":
        if (stream === undefined) return frame.stream > params.highestStream() ? CLOSE_CODES.protocol : undefined;
        if (frame.next > stream.sendNext) return CLOSE_CODES.flowControl;
        stream.sendLimit = Math.max(stream.sendLimit, frame.limit);
        engine.wake(stream);
        return undefined;
      case "FIN":
        if (stream === undefined) return frame.stream > params.highestStream() ? CLOSE_CODES.protocol : undefined;
        if (frame.finalOffset !== stream.receiveNext || stream.finReceived) return CLOSE_CODES.protocol;
        stream.finReceived = true;
        stream.receive(null);
        return undefined;
      case "RESET":
        if (stream !== undefined) stream.lose(streamReset(frame.code));
        return params.onFrame(frame) ? undefined : CLOSE_CODES.protocol;
      case "CACK":
        if (!round.acknowledged(frame.received)) return CLOSE_CODES.protocol;
        if (round.waiting) schedule();
        return undefined;
      case "PING":
        send({ type: "PONG", id: frame.id, micros: frame.micros });
        return undefined;
      case "PAD":
        return undefined;
      case "DGRAM":
        send({ type: "RESET", stream: frame.stream, code: RESET_CODES.unsupported });
        return undefined;
      case "JOIN":
      case "ROLE":
        return CLOSE_CODES.unsupported;
      default:
        return params.onFrame(frame) ? undefined : CLOSE_CODES.protocol;
    }
  };
  const feed = (chunk: Buffer) => {
    records++;
    lastHeardMs = performance.now();
    try {
      parser.push(chunk, (frame) => {
        const code = onFrame(frame);
        if (code !== undefined) close(code);
        return !closed;
      });
    } catch {
      close(CLOSE_CODES.protocol);
    }
  };

  // Small enough for the fifth layer of a circuit; whole DATA frames in the first four (NET-5).
  tls.setMaxSendFragment(FULL_FRAME_BYTES);
  tls.once("end", () => tls.destroySoon());
  tls.once("close", () => {
    end();
    params.onClosed();
  });
  return {
    streams,
    addStream(id, sendLimit, window = windows.take()) {
      // A target that answers after the session's end: nobody would ever end its stream.
      if (window === 0 || closed) {
        windows.give(window);
        return undefined;
      }
      const stream = new SessionStream(engine, { id, sendLimit, window, resetCode: RESET_CODES.cancelled });
      stream.on("error", () => undefined);
      streams.set(id, stream);
      return stream;
    },
    takeWindow: () => windows.take(),
    giveWindow: (window) => windows.give(window),
    send,
    setPaused(value) {
      paused = value;
      if (value) tls.pause();
      else {
        tls.resume();
        schedule();
      }
    },
    close,
    feed(bytes) {
      if (bytes.length > 0) feed(bytes);
      if (!closed) tls.on("data", feed);
    },
    records: () => records,
    lastHeardMs: () => lastHeardMs,
  };
}
