import { randomBytes } from "node:crypto";
import { X0tError } from "../../core/x0tError.ts";
import type { Circuit } from "../circuit/buildCircuit.ts";
import { CLOSE_CODES, REPLIES, type Frame, type Target } from "../circuit/frames.ts";
import { createSessionCore, MAX_STREAMS, type SessionCore } from "./sessionCore.ts";
import type { SessionStream } from "./sessionStream.ts";
import { createWindowBudget } from "./windows.ts";

const READY_TIMEOUT_MS = 10_000;
const OPEN_TIMEOUT_MS = 30_000;
const OPENS_PER_SECOND = 50;
const VERSION = 1;
/** NET-12: every 5 s, and more often while a stream is open. */
const PING_MS = 5_000;
const ACTIVE_PING_MS = 500;
/** Silence for so long while a ping waits for its answer: the circuit is dead (NET-12). */
const DEAD_MS = 5_000;

export interface ClientSession {
  /**
   * Resolves when the exit has connected.
   * @throws X0T_OPEN_REFUSED with `data.reply`, SOCKS5's code; X0T_CIRCUIT_LOST (retryable) if the circuit is gone
   */
  openStream(target: Target, signal: AbortSignal): Promise<SessionStream>;
  /** Milliseconds there and back. */
  ping(signal: AbortSignal): Promise<number>;
  /** Streams open or being opened. */
  streams(): number;
  /** True once the exit said GOAWAY: new streams belong on another circuit. */
  goingAway(): boolean;
  /** Settles once the circuit is gone. */
  closed: Promise<void>;
  close(): void;
}

interface Opening {
  window: number;
  resolve(stream: SessionStream): void;
  reject(error: X0tError): void;
}

/** The client's end of a session over one circuit (NET-11). @param onGoAway the exit drains and says within how many ms it is gone */
export function createClientSession(circuit: Circuit, onGoAway: (ms: number) => void = () => undefined): ClientSession {
  const { tls } = circuit;
  const opening = new Map<number, Opening>();
  const pings = new Map<number, { sentMs: number; resolve(ms: number): void; reject(error: X0tError): void }>();
  const ready = Promise.withResolvers<undefined>();
  ready.promise.catch(() => undefined);
  const gone = Promise.withResolvers<undefined>();
  const pace = createPace();
  let highest = 0;
  let nextPing = 0;
  let maxStreams = MAX_STREAMS;
  let goAway = false;
  let lastPingMs = performance.now();
  let over = false;

  const core: SessionCore = createSessionCore({
    tls,
    budget: createWindowBudget(),
    highestStream: () => highest,
    onFrame: (frame) => onFrame(frame),
    onClosed: () => end(),
  });
  const end = () => {
    if (over) return;
    over = true;
    clearInterval(heartbeat);
    clearTimeout(readyTimer);
    const lost = lostError();
    ready.reject(lost);
    for (const { reject } of [...opening.values(), ...pings.values()]) reject(lost);
    opening.clear();
    pings.clear();
    gone.resolve(undefined);
  };

  const onFrame = (frame: Frame): boolean => {
    switch (frame.type) {
      case "READY":
        maxStreams = Math.min(maxStreams, frame.streams);
        clearTimeout(readyTimer);
        ready.resolve(undefined);
        return true;
      case "OPENED":
        return onOpened(frame);
      case "RESET":
        settleOpening(frame.stream, ({ reject }) => reject(refused(REPLIES.generalFailure)));
        return frame.stream <= highest;
      case "PONG": {
        const ping = pings.get(frame.id);
        pings.delete(frame.id);
        ping?.resolve(performance.now() - ping.sentMs);
        return true;
      }
      case "GOAWAY":
        goAway = true;
        onGoAway(frame.ms);
        return true;
      case "CLOSE":
        core.close(CLOSE_CODES.done);
        return true;
      default:
        return false;
    }
  };
  const settleOpening = (id: number, settle: (open: Opening) => void): void => {
    const open = opening.get(id);
    if (open === undefined) return;
    opening.delete(id);
    core.giveWindow(open.window);
    settle(open);
  };
  const onOpened = (frame: Extract<Frame, { type: "OPENED" }>): boolean => {
    const open = opening.get(frame.stream);
    // Given up meanwhile: its RESET is on the way.
    if (open === undefined) return frame.stream <= highest;
    if (frame.reply !== REPLIES.succeeded) {
      settleOpening(frame.stream, ({ reject }) => reject(refused(frame.reply)));
      return true;
    }
    opening.delete(frame.stream);
    const stream = core.addStream(frame.stream, frame.window, open.window);
    if (stream === undefined) return false;
    open.resolve(stream);
    return true;
  };

  const sendPing = (resolve: (ms: number) => void, reject: (error: X0tError) => void): number => {
    const id = nextPing;
    nextPing = (nextPing + 1) % 2 ** 32;
    const sentMs = performance.now();
    lastPingMs = sentMs;
    pings.set(id, { sentMs, resolve, reject });
    core.send({ type: "PING", id, micros: Math.floor(sentMs * 1000) });
    return id;
  };
  const beat = () => {
    const now = performance.now();
    const oldest = pings.values().next().value;
    if (oldest !== undefined && now - Math.max(oldest.sentMs, core.lastHeardMs()) > DEAD_MS) return void tls.destroy();
    const active = core.streams.size + opening.size > 0;
    if (pings.size === 0 && now - lastPingMs >= (active ? ACTIVE_PING_MS : PING_MS)) sendPing(() => undefined, () => undefined);
  };
  const heartbeat = setInterval(beat, ACTIVE_PING_MS);
  const readyTimer = setTimeout(() => tls.destroy(), READY_TIMEOUT_MS);

  core.send({ type: "HELLO", version: VERSION, sessionId: randomBytes(16), key: randomBytes(32) });
  core.feed(Buffer.alloc(0));
  if (tls.destroyed) end();

  return {
    async openStream(target, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]);
      await untilAborted(Promise.all([ready.promise, pace(limit)]), limit);
      if (over || goAway) throw lostError();
      const window = core.streams.size + opening.size >= maxStreams ? 0 : core.takeWindow();
      if (window === 0) throw refused(REPLIES.generalFailure, "too many connections on this circuit");
      const id = ++highest;
      const opened = Promise.withResolvers<SessionStream>();
      opening.set(id, { window, resolve: opened.resolve, reject: opened.reject });
      core.send({ type: "OPEN", stream: id, target, window });
      const onAbort = () => {
        settleOpening(id, ({ reject }) => reject(refused(REPLIES.timedOut, "it took too long")));
        if (!over) core.send({ type: "RESET", stream: id, code: 1 });
      };
      limit.addEventListener("abort", onAbort, { once: true });
      return opened.promise.finally(() => limit.removeEventListener("abort", onAbort));
    },
    ping(signal) {
      if (over) return Promise.reject(lostError());
      const answer = Promise.withResolvers<number>();
      const id = sendPing(answer.resolve, answer.reject);
      const onAbort = () => {
        pings.delete(id);
        answer.reject(new X0tError("X0T_PING_TIMEOUT", "The exit did not answer a ping in time.", { retryable: true }));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      return answer.promise.finally(() => signal.removeEventListener("abort", onAbort));
    },
    streams: () => core.streams.size + opening.size,
    goingAway: () => goAway,
    closed: gone.promise.then(() => undefined),
    close: () => core.close(CLOSE_CODES.done),
  };
}

/** Keeps below 50 OPEN a second (NET-11), a second's worth at once. */
function createPace(): (signal: AbortSignal) => Promise<void> {
  let nextMs = 0;
  return (signal) => {
    const now = performance.now();
    nextMs = Math.max(nextMs, now - 1_000) + 1_000 / OPENS_PER_SECOND;
    const waitMs = nextMs - now;
    if (waitMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, waitMs);
      function done() {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done, { once: true });
    });
  };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(refused(REPLIES.timedOut, "it took too long"));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function refused(reply: number, reason = `reply ${reply}`): X0tError {
  return new X0tError("X0T_OPEN_REFUSED", `The exit opened no connection: ${reason}.`, { data: { reply } });
}

function lostError(): X0tError {
  return new X0tError("X0T_CIRCUIT_LOST", "The circuit was lost. Open the connection on another one.", { retryable: true });
}
