import type { TLSSocket } from "node:tls";
import { encodeFrame } from "../circuit/encodeFrame.ts";
import { CLOSE_CODES, PATH_ROLES, RESET_CODES, type Frame } from "../circuit/frames.ts";
import { createPath, type SessionPath } from "./path.ts";
import { circuitLost, SessionStream, streamReset, type StreamEngine } from "./sessionStream.ts";
import { createSessionWriter } from "./sessionWriter.ts";
import { createSessionWindows, type WindowBudget } from "./windows.ts";

export const MAX_STREAMS = 256;
/** What CLOSE leaves of a path's own queue behind is of no use any more. */
const LAST_CONTROL_BYTES = 4_096;
/** Paths are looked at so often while something is due or a stream is in use, else each second. */
const TICK_MS = 50;
const IDLE_TICK_MS = 1_000;
/** NET-12: a stream was in use so recently. */
const ACTIVE_MS = 5_000;
const COPY_WAIT_MS = 10;
/** Where the own round trips are not measured. */
const USUAL_RTT_MS = 50;

/** The part of a session that both ends share: streams over up to three paths (NET-9 to NET-12). */
export interface SessionCore {
  streams: ReadonlyMap<number, SessionStream>;
  paths: ReadonlySet<SessionPath>;
  /** Undefined if the memory for its window is not there. */
  addStream(id: number, sendLimit: number, window?: number): SessionStream | undefined;
  takeWindow(): number;
  giveWindow(window: number): void;
  /** A further circuit; `path.start` makes it read. */
  addPath(tls: TLSSocket): SessionPath;
  /** The path has joined: it may carry the session's frames. */
  joined(path: SessionPath): void;
  /** Sends OPEN, OPENED, FIN or RESET surely, on whatever path. */
  send(frame: Frame): void;
  /** False: it, or one that waited longer, is lost, for no path can take it now. */
  sendDatagram(frame: Extract<Frame, { type: "DGRAM" }>): boolean;
  lead(): SessionPath | undefined;
  setLead(path: SessionPath): void;
  /** NET-12: sends again elsewhere what this path has not delivered, and keeps the path. */
  suspect(path: SessionPath): void;
  /** A stream was used within the last 5 s. */
  active(): boolean;
  /** Resets every stream, says CLOSE and ends every circuit. */
  close(code: number, resetCode?: number): void;
  closed(): boolean;
}

/**
 * @param highestStream the side that did not open streams rejects ids that it never saw
 * @param onFrame the frames of one role only, and DATA and FIN of streams that are not open: false = it breaks the protocol
 * @param electLead a path to send on now, of those that are ready
 * @param onTick each 50 ms while active, else each second
 * @param onPathLost a circuit is gone; the session goes on, with or without others
 * @param onClosed once, after all streams and circuits
 */
export function createSessionCore(params: {
  budget: WindowBudget;
  highestStream(): number;
  onFrame(frame: Frame, path: SessionPath): boolean;
  electLead(paths: readonly SessionPath[], lead: SessionPath | undefined): SessionPath | undefined;
  onTick(): void;
  onPathLost(path: SessionPath): void;
  onClosed(): void;
}): SessionCore {
  const windows = createSessionWindows(params.budget);
  const streams = new Map<number, SessionStream>();
  const paths = new Set<SessionPath>();
  const writer = createSessionWriter();
  let lead: SessionPath | undefined;
  let scheduled = false;
  let closed = false;
  let activeMs = Number.NEGATIVE_INFINITY;
  let tickDueMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const schedule = () => {
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(flush);
  };
  const takenQuickly = (stream: SessionStream, consumed: number): boolean => {
    const { bytes, atMs } = stream.taken;
    if (consumed - bytes < stream.window) return false;
    const now = performance.now();
    stream.taken = { bytes: consumed, atMs: now };
    return now - atMs <= 2 * Math.max(USUAL_RTT_MS, lead?.health.srttMs() ?? 0);
  };
  const engine: StreamEngine = {
    wake(stream) {
      writer.wake(stream);
      if (writer.waiting) schedule();
    },
    consumed(stream) {
      // Also while an ACK waits to be written: it may have been queued when nothing was consumed yet, and be the last occasion.
      if (stream.finReceived || stream.destroyed) return;
      const consumed = stream.receiveNext - stream.unread;
      const open = stream.receiveLimit - consumed;
      if (stream.window - open < stream.window / 4) return;
      // Most of the window was used, or all of it within two round trips, and the application keeps up: it is the window that limits.
      const mostUsed = stream.receiveLimit - stream.receiveNext < stream.window / 2;
      if ((mostUsed || takenQuickly(stream, consumed)) && stream.unread < stream.window / 4) stream.window = windows.grow(stream.window);
      stream.receiveLimit = consumed + stream.window;
      writer.owesAck(stream);
      schedule();
    },
    dropped(stream, code) {
      if (streams.get(stream.id) !== stream) return;
      streams.delete(stream.id);
      writer.forget(stream);
      windows.give(stream.window);
      if (code !== undefined && !closed) send({ type: "RESET", stream: stream.id, code });
    },
  };
  const send = (frame: Frame) => {
    if (closed) return;
    activeMs = performance.now();
    hurry();
    if (writer.queue(frame)) schedule();
    else close(CLOSE_CODES.limit);
  };

  const usable = (path: SessionPath) => path.ready && !path.lost() && !path.paused();
  const duplicate = () => [...paths].find((path) => path !== lead && path.role === PATH_ROLES.duplicate && usable(path) && !path.suspect);
  const canTake = (path: SessionPath) => path.writable() && path.allowance() >= path.quantum();
  const flush = () => {
    scheduled = false;
    if (closed) return;
    if (lead === undefined || !usable(lead) || lead.suspect) lead = params.electLead([...paths].filter(usable), lead);
    const copy = duplicate();
    if (lead !== undefined && copy !== undefined && mustWait(lead, copy)) return;
    // Of two that carry the same, the one that can go on does not wait for the other.
    const swap = lead !== undefined && copy !== undefined && !canTake(lead) && canTake(copy);
    const first = swap ? copy : lead;
    for (const path of paths) if (path !== first) writer.writeControl(path);
    if (first === undefined) return;
    writeSession(first, swap ? lead : copy);
    if (writer.waiting) share(first);
  };
  /** A batch goes to both or it is no copy: each waits a moment for the other's last write. */
  const mustWait = (...pair: SessionPath[]): boolean => {
    const blocked = pair.filter((path) => path.blockedMs() > 0);
    if (blocked.length === 0 || blocked.every((path) => path.blockedMs() >= COPY_WAIT_MS)) return false;
    setTimeout(schedule, COPY_WAIT_MS);
    return true;
  };
  const writeSession = (path: SessionPath, copyTo: SessionPath | undefined) => {
    const { turns, wroteData } = writer.writeSession(path, copyTo);
    if (wroteData) activeMs = performance.now();
    if (path.awaitedSinceMs() !== undefined) hurry();
    for (const stream of turns) finishTurn(stream);
  };
  /** NET-12: a second path helps when the lead has been full for a round trip. */
  const share = (first: SessionPath) => {
    if (first.fullSinceMs === undefined || performance.now() - first.fullSinceMs < (first.health.srttMs() ?? USUAL_RTT_MS)) return;
    for (const path of paths) {
      if (path !== first && path.role === PATH_ROLES.share && usable(path) && !path.suspect && writer.waiting) writeSession(path, undefined);
    }
  };
  /** After its bytes left: the application may now write more, or its FIN is due. */
  const finishTurn = (stream: SessionStream) => {
    stream.settleWrites();
    if (!stream.finDue || stream.destroyed) return engine.wake(stream);
    send({ type: "FIN", stream: stream.id, finalOffset: stream.sendNext });
    stream.settleFin();
  };

  /** What was sent where it may never arrive goes out again elsewhere, at once (NET-12: below 10 ms). */
  const moveFrom = (path: SessionPath) => {
    writer.resend(path);
    for (const stream of streams.values()) if (!stream.finReceived) writer.owesAck(stream);
    flush();
  };
  /** Where all were silent nothing was moved: what silent ones hold goes over the first that works. */
  const moveFromSuspects = () => {
    for (const path of paths) if (path.suspect) writer.resend(path);
    for (const stream of streams.values()) if (!stream.finReceived) writer.owesAck(stream);
    schedule();
  };
  const onPathLost = (path: SessionPath) => {
    if (!paths.delete(path)) return;
    if (lead === path) lead = undefined;
    if (!closed) moveFrom(path);
    path.log.clear();
    params.onPathLost(path);
    if (closed && paths.size === 0) params.onClosed();
  };
  const suspect = (path: SessionPath) => {
    if (path.suspect || path.lost()) return;
    path.suspect = true;
    // Alone it stays what it is: sending twice into the same silence helps nobody.
    if (![...paths].some((other) => usable(other) && !other.suspect)) return;
    if (lead === path) lead = undefined;
    moveFrom(path);
  };

  const close = (code: number, resetCode: number = RESET_CODES.cancelled) => {
    if (closed) return;
    const resets = [...streams.keys()].map((stream) => encodeFrame({ type: "RESET", stream, code: resetCode }));
    closed = true;
    clearTimeout(timer);
    const last = Buffer.concat([writer.shut(), ...resets, encodeFrame({ type: "CLOSE", code })]);
    for (const stream of [...streams.values()]) stream.lose(circuitLost());
    for (const path of [...paths]) {
      const own = Buffer.alloc(LAST_CONTROL_BYTES);
      path.end(Buffer.concat([own.subarray(0, path.fillControl(own, 0, own.length)), last]));
    }
    if (paths.size === 0) queueMicrotask(params.onClosed);
  };

  const onData = (frame: Extract<Frame, { type: "DATA" }>): number | undefined => {
    activeMs = performance.now();
    const stream = streams.get(frame.stream);
    // What was under way when a stream was reset, or came twice.
    if (stream === undefined) return frame.stream > params.highestStream() ? CLOSE_CODES.protocol : undefined;
    const end = frame.offset + frame.payload.length;
    if (end > stream.receiveLimit) return CLOSE_CODES.flowControl;
    if (stream.finalOffset !== undefined && end > stream.finalOffset) return CLOSE_CODES.protocol;
    if (!stream.receiveAt(frame.offset, frame.payload)) return CLOSE_CODES.flowControl;
    engine.consumed(stream);
    return undefined;
  };
  const onFin = ({ stream: id, finalOffset }: Extract<Frame, { type: "FIN" }>): number | undefined => {
    const stream = streams.get(id);
    if (stream === undefined) return id > params.highestStream() ? CLOSE_CODES.protocol : undefined;
    const contradicts = stream.finalOffset !== undefined && stream.finalOffset !== finalOffset;
    if (contradicts || finalOffset < stream.receiveNext || finalOffset > stream.receiveLimit) return CLOSE_CODES.protocol;
    stream.finalOffset = finalOffset;
    stream.endIfComplete();
    return undefined;
  };
  /** The code of the rule it breaks, undefined if none. */
  const onFrame = (frame: Frame, path: SessionPath): number | undefined => {
    const stream = "stream" in frame ? streams.get(frame.stream) : undefined;
    switch (frame.type) {
      case "DATA":
      case "FIN":
        // The role may know a stream that is about to open.
        if (stream === undefined && !params.onFrame(frame, path)) return CLOSE_CODES.protocol;
        return frame.type === "DATA" ? onData(frame) : onFin(frame);
      case "ACK":
        if (stream === undefined) return frame.stream > params.highestStream() ? CLOSE_CODES.protocol : undefined;
        if (frame.next > stream.sendNext) return CLOSE_CODES.flowControl;
        stream.acknowledged = Math.max(stream.acknowledged, frame.next);
        stream.sendLimit = Math.max(stream.sendLimit, frame.limit);
        engine.wake(stream);
        return undefined;
      case "RESET":
        if (stream !== undefined) stream.lose(streamReset(frame.code));
        return params.onFrame(frame, path) ? undefined : CLOSE_CODES.protocol;
      default:
        return params.onFrame(frame, path) ? undefined : CLOSE_CODES.protocol;
    }
  };

  const isActive = () => performance.now() - activeMs < ACTIVE_MS;
  const tick = () => {
    const lateMs = performance.now() - tickDueMs;
    let due = isActive();
    for (const path of [...paths]) {
      // This process stood still: that says nothing about the path.
      if (lateMs > TICK_MS) path.health.forgive(lateMs);
      if (path.awaitedSinceMs() !== undefined) due = true;
      const state = path.state();
      if (state === "dead") path.destroy();
      else if (state === "suspect") suspect(path);
    }
    if ([...paths].every((path) => path.log.frames === 0)) writer.rest();
    params.onTick();
    if (!closed) beat(due ? TICK_MS : IDLE_TICK_MS);
  };
  const beat = (ms: number) => {
    clearTimeout(timer);
    tickDueMs = performance.now() + ms;
    timer = setTimeout(tick, ms);
  };
  /** Something is due from now on: look soon, not at the end of an idle second. */
  const hurry = () => {
    if (!closed && tickDueMs - performance.now() > TICK_MS) beat(TICK_MS);
  };

  beat(IDLE_TICK_MS);
  return {
    streams,
    paths,
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
    addPath(tls) {
      const path = createPath({ tls, onFrame, onViolation: (code) => close(code), onReady: schedule, onRecovered: moveFromSuspects, onLost: onPathLost });
      paths.add(path);
      return path;
    },
    joined(path) {
      path.ready = true;
      moveFromSuspects();
    },
    send,
    sendDatagram(frame) {
      if (closed || ![...paths].some(usable)) return false;
      const fits = writer.queueDatagram(frame);
      activeMs = performance.now();
      hurry();
      schedule();
      return fits;
    },
    lead: () => lead,
    setLead(path) {
      if (lead === path) return;
      lead = path;
      schedule();
    },
    suspect,
    active: isActive,
    close,
    closed: () => closed,
  };
}
