import type { TLSSocket } from "node:tls";
import { CLOSE_CODES, GOAWAY_CODES, REPLIES, RESET_CODES, type Frame } from "../circuit/frames.ts";
import type { ServedSession, SessionServer } from "../circuit/relayDeps.ts";
import type { ConnectTarget } from "./connectTarget.ts";
import type { ExitMetrics } from "./exitMetrics.ts";
import { joinStreams } from "./joinStreams.ts";
import { createSessionCore, MAX_STREAMS, type SessionCore } from "./sessionCore.ts";
import { createWindowBudget, SESSION_BYTES, type WindowBudget } from "./windows.ts";

export const SESSION_VERSION = 1;
/** Clients ping each 5 s at least: silence for so long is a dead client. */
const IDLE_SECONDS = 60;
const OPENS_PER_SECOND = 50;

type OpenFrame = Extract<Frame, { type: "OPEN" }>;

/** The exit role: serves sessions on circuits that end here (NET-11). */
export function createExitSessions(deps: { connect: ConnectTarget; metrics: ExitMetrics; budget?: WindowBudget }): SessionServer {
  const budget = deps.budget ?? createWindowBudget();
  return {
    serve: (params) => serveSession({ ...deps, ...params, budget }),
  };
}

function serveSession(params: {
  tls: TLSSocket;
  hello: Extract<Frame, { type: "HELLO" }>;
  early: Buffer;
  onClosed(): void;
  connect: ConnectTarget;
  metrics: ExitMetrics;
  budget: WindowBudget;
}): ServedSession {
  const { tls, metrics } = params;
  const connecting = new Map<number, AbortController>();
  const opens = createOpenLimit();
  let highest = 0;
  let goingAway = false;

  const core: SessionCore = createSessionCore({
    tls,
    budget: params.budget,
    highestStream: () => highest,
    onFrame: (frame) => onFrame(frame),
    onClosed() {
      clearInterval(idleTimer);
      for (const controller of connecting.values()) controller.abort();
      params.onClosed();
    },
  });
  const refuse = (stream: number, reply: number) => {
    metrics.opens.inc({ reply });
    core.send({ type: "OPENED", stream, reply, window: 0 });
  };

  const open = async ({ stream: id, target, window: clientWindow }: OpenFrame): Promise<void> => {
    const window = core.takeWindow();
    if (window === 0) return refuse(id, REPLIES.generalFailure);
    const controller = new AbortController();
    connecting.set(id, controller);
    const result = await params.connect(target, controller.signal).catch(() => REPLIES.generalFailure);
    connecting.delete(id);
    if (typeof result === "number" || controller.signal.aborted || tls.destroyed) {
      core.giveWindow(window);
      if (typeof result !== "number") result.destroy();
      else if (!controller.signal.aborted) refuse(id, result);
      return;
    }
    const stream = core.addStream(id, clientWindow, window);
    if (stream === undefined) return void result.destroy();
    metrics.opens.inc({ reply: REPLIES.succeeded });
    metrics.streams.inc();
    stream.once("close", () => metrics.streams.dec());
    core.send({ type: "OPENED", stream: id, reply: REPLIES.succeeded, window });
    joinStreams(stream, result, (lost) => {
      if (lost === result) stream.resetCode = RESET_CODES.connectionLost;
    });
  };

  /** Frames of the exit's role; false = the client breaks the protocol. */
  const onFrame = (frame: Frame): boolean => {
    switch (frame.type) {
      case "OPEN": {
        if (frame.stream <= highest) return false;
        highest = frame.stream;
        const full = core.streams.size + connecting.size >= MAX_STREAMS;
        if (full || goingAway || !opens.take()) refuse(frame.stream, REPLIES.generalFailure);
        else void open(frame);
        return true;
      }
      case "RESET":
        connecting.get(frame.stream)?.abort();
        return frame.stream <= highest;
      case "GOAWAY":
        return true;
      case "CLOSE":
        core.close(CLOSE_CODES.done);
        return true;
      default:
        return false;
    }
  };

  const idleTimer = setInterval(() => {
    if (performance.now() - core.lastHeardMs() > IDLE_SECONDS * 1000) tls.destroy();
  }, 5_000);
  if (params.hello.version !== SESSION_VERSION) {
    core.close(CLOSE_CODES.unsupported);
  } else {
    core.send({ type: "READY", idleSeconds: IDLE_SECONDS, streams: MAX_STREAMS, bufferBytes: SESSION_BYTES });
    core.feed(params.early);
  }
  return {
    setPaused: core.setPaused,
    records: core.records,
    streams: () => core.streams.size + connecting.size,
    goAway(ms) {
      goingAway = true;
      core.send({ type: "GOAWAY", code: GOAWAY_CODES.drain, ms });
    },
    close: (drain) => core.close(drain ? CLOSE_CODES.drain : CLOSE_CODES.done, drain ? RESET_CODES.drain : RESET_CODES.cancelled),
  };
}

/** 50 OPEN a second (NET-11), a second's worth at once; a little more, for clocks differ. */
function createOpenLimit() {
  const burst = 2 * OPENS_PER_SECOND;
  let tokens = burst;
  let atMs = performance.now();
  return {
    take(): boolean {
      const now = performance.now();
      tokens = Math.min(burst, tokens + ((now - atMs) / 1000) * OPENS_PER_SECOND * 1.1);
      atMs = now;
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
  };
}
