import type { TLSSocket } from "node:tls";
import { CLOSE_CODES, GOAWAY_CODES, PATH_ROLES, REPLIES, RESET_CODES, type Frame } from "../circuit/frames.ts";
import type { ServedSession, SessionServer } from "../circuit/relayDeps.ts";
import { isAssociation } from "./association.ts";
import type { ConnectTarget } from "./connectTarget.ts";
import type { DatagramExit } from "./exitDatagrams.ts";
import { electByRole } from "./electLead.ts";
import type { ExitMetrics } from "./exitMetrics.ts";
import { createExitStreams, type ExitStreamLimits, type ExitStreams } from "./exitStreams.ts";
import { joinStreams } from "./joinStreams.ts";
import { isJoinProof } from "./joinProof.ts";
import { createOpenLimit } from "./openLimit.ts";
import type { SessionPath } from "./path.ts";
import { createSeenStreams } from "./seenStreams.ts";
import { createSessionCore, MAX_STREAMS, type SessionCore } from "./sessionCore.ts";
import { createWindowBudget, SESSION_BYTES, type WindowBudget } from "./windows.ts";

export const SESSION_VERSION = 1;
/** Clients ping each 5 s at least: silence for so long is a dead client. */
const IDLE_SECONDS = 60;
/** A session without a circuit waits so long for its client to come back (NET-11). */
const ORPHAN_MS = 30_000;
const MAX_ORPHANS = 512;
/** Three, and one that takes the place of another (NET-9). */
const MAX_PATHS = 4;

/** Clients ping each path of a session in use each 500 ms: one silent for so long makes room for a new one. */
const SILENT_PATH_MS = 1_000;
/** A lead that was left after such a silence is taken for lost. */
const SILENT_LEAD_MS = 150;

type OpenFrame = Extract<Frame, { type: "OPEN" }>;

interface ExitSession {
  /** A further circuit, from the bytes after its HELLO or JOIN on. */
  serve(tls: TLSSocket, early: Buffer): ServedSession;
  /** False: it has as many circuits as it may, and none is silent, which would make room. */
  makeRoom(): boolean;
  closed(): boolean;
  readonly key: Uint8Array;
  /** Without a circuit since; undefined while it has one. */
  orphanSinceMs(): number | undefined;
  close(): void;
}

/** The exit role: serves sessions on the circuits that end here (NET-9, NET-11). */
export function createExitSessions(deps: { connect: ConnectTarget; datagrams?: DatagramExit; metrics: ExitMetrics; budget?: WindowBudget; orphanMs?: number; limits?: ExitStreamLimits }): SessionServer {
  const budget = deps.budget ?? createWindowBudget();
  const all = createExitStreams(deps.limits);
  const sessions = new Map<string, ExitSession>();
  const nameOf = (sessionId: Uint8Array) => Buffer.from(sessionId).toString("base64");
  /** Who lost its circuits longest ago makes room. */
  const boundOrphans = () => {
    const orphans = [...sessions.values()].filter((session) => session.orphanSinceMs() !== undefined);
    if (orphans.length > MAX_ORPHANS) orphans.reduce((a, b) => ((a.orphanSinceMs() ?? 0) <= (b.orphanSinceMs() ?? 0) ? a : b)).close();
  };
  return {
    serve({ tls, hello, early }) {
      const name = nameOf(hello.sessionId);
      if (hello.version !== SESSION_VERSION) return CLOSE_CODES.unsupported;
      if (sessions.has(name)) return CLOSE_CODES.protocol;
      const session = createExitSession({
        ...deps,
        budget,
        all,
        key: hello.key,
        orphanMs: deps.orphanMs ?? ORPHAN_MS,
        onOrphaned: boundOrphans,
        onClosed: () => void sessions.delete(name),
      });
      sessions.set(name, session);
      return session.serve(tls, early);
    },
    join({ tls, join, early }) {
      const session = sessions.get(nameOf(join.sessionId));
      if (session === undefined || session.closed() || !isJoinProof(join.proof, session.key, tls)) return CLOSE_CODES.noSession;
      return session.makeRoom() ? session.serve(tls, early) : CLOSE_CODES.limit;
    },
    close() {
      for (const session of sessions.values()) session.close();
    },
  };
}

function createExitSession(params: {
  connect: ConnectTarget;
  /** Undefined: none (a node that is no exit). */
  datagrams?: DatagramExit;
  metrics: ExitMetrics;
  budget: WindowBudget;
  /** The streams of all sessions. */
  all: ExitStreams;
  key: Uint8Array;
  orphanMs: number;
  onOrphaned(): void;
  onClosed(): void;
}): ExitSession {
  const { metrics, orphanMs } = params;
  const connecting = new Map<number, AbortController>();
  const opens = createOpenLimit();
  const seen = createSeenStreams();
  let goingAway = false;
  let orphanSinceMs: number | undefined;
  let orphanTimer: NodeJS.Timeout | undefined;

  const core: SessionCore = createSessionCore({
    budget: params.budget,
    highestStream: () => seen.highest(),
    onFrame: (frame, path) => onFrame(frame, path),
    electLead: electByRole,
    onTick() {
      for (const path of core.paths) if (performance.now() - path.health.lastHeardMs() > IDLE_SECONDS * 1_000) path.destroy();
    },
    onPathLost() {
      if (core.paths.size > 0 || core.closed()) return;
      if (orphanMs === 0) return core.close(CLOSE_CODES.done);
      orphanSinceMs = performance.now();
      orphanTimer = setTimeout(() => core.close(CLOSE_CODES.done), orphanMs);
      params.onOrphaned();
    },
    onClosed() {
      clearTimeout(orphanTimer);
      for (const controller of connecting.values()) controller.abort();
      datagrams?.close();
      params.onClosed();
    },
  });
  const datagrams = params.datagrams?.serve((frame) => {
    if (frame.type === "DGRAM") return core.sendDatagram(frame);
    core.send(frame);
    return true;
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
    if (typeof result === "number" || controller.signal.aborted || core.closed()) {
      core.giveWindow(window);
      if (typeof result !== "number") result.destroy();
      else if (!controller.signal.aborted) {
        opens.failed();
        refuse(id, result);
      }
      return;
    }
    const stream = core.addStream(id, clientWindow, window);
    if (stream === undefined) return void result.destroy();
    metrics.opens.inc({ reply: REPLIES.succeeded });
    metrics.streams.inc();
    params.all.watch(stream);
    stream.once("close", () => metrics.streams.dec());
    core.send({ type: "OPENED", stream: id, reply: REPLIES.succeeded, window });
    joinStreams(stream, result, (lost) => {
      if (lost === result) stream.resetCode = RESET_CODES.connectionLost;
    });
  };

  const onRole = (path: SessionPath, role: number) => {
    path.role = role;
    for (const other of core.paths) {
      if (role !== PATH_ROLES.lead || other === path || other.role !== PATH_ROLES.lead) continue;
      other.role = PATH_ROLES.standby;
      // Silent until the client chose another one: what is under way on it is probably lost.
      if (other.health.silenceMs(other.awaitedSinceMs()) >= SILENT_LEAD_MS) core.suspect(other);
    }
    const usable = [...core.paths].filter((each) => each.ready && !each.lost() && !each.paused());
    core.setLead(electByRole(usable) ?? path);
  };

  /** Frames of the exit's role; false = the client breaks the protocol. */
  const onFrame = (frame: Frame, path: SessionPath): boolean => {
    switch (frame.type) {
      case "OPEN": {
        if (isAssociation(frame.stream)) return false;
        const isNew = seen.add(frame.stream);
        // It came on another path already (NET-9), or it was given up before it came.
        if (!isNew) return true;
        const full = core.streams.size + connecting.size >= MAX_STREAMS || !params.all.hasRoom();
        if (full || goingAway || !opens.take()) refuse(frame.stream, REPLIES.generalFailure);
        else void open(frame);
        return true;
      }
      case "RESET":
        if (isAssociation(frame.stream)) {
          datagrams?.end(frame.stream);
          return true;
        }
        connecting.get(frame.stream)?.abort();
        seen.add(frame.stream);
        return true;
      case "DATA":
      case "FIN":
        return frame.stream <= seen.highest();
      case "DGRAM":
        if (!isAssociation(frame.stream)) return false;
        if (datagrams === undefined) core.send({ type: "RESET", stream: frame.stream, code: RESET_CODES.unsupported });
        else if (goingAway && !datagrams.has(frame.stream)) core.send({ type: "RESET", stream: frame.stream, code: RESET_CODES.drain });
        else datagrams.onDatagram(frame.stream, frame.target, frame.payload);
        return true;
      case "ROLE":
        onRole(path, frame.role);
        return true;
      case "GOAWAY":
        return true;
      case "CLOSE":
        core.close(CLOSE_CODES.done);
        return true;
      default:
        return false;
    }
  };

  return {
    key: params.key,
    makeRoom() {
      if (core.paths.size < MAX_PATHS) return true;
      const [oldest] = [...core.paths].sort((a, b) => a.health.lastHeardMs() - b.health.lastHeardMs());
      // Its client has left it, or it is dead and nobody said so.
      if (oldest === undefined || performance.now() - oldest.health.lastHeardMs() < SILENT_PATH_MS) return false;
      oldest.destroy();
      return true;
    },
    closed: () => core.closed(),
    orphanSinceMs: () => orphanSinceMs,
    close: () => core.close(CLOSE_CODES.done),
    serve(tls, early) {
      clearTimeout(orphanTimer);
      orphanSinceMs = undefined;
      const path = core.addPath(tls);
      path.send({ type: "READY", idleSeconds: IDLE_SECONDS, streams: MAX_STREAMS, bufferBytes: SESSION_BYTES });
      core.joined(path);
      path.start(early);
      return {
        setPaused: path.setPaused,
        records: path.records,
        // Counted once, however many circuits carry them.
        streams: () => ([...core.paths][0] === path ? core.streams.size + connecting.size : 0),
        idle: () => core.streams.size + connecting.size + (datagrams?.count() ?? 0) === 0,
        goAway(ms) {
          goingAway = true;
          path.send({ type: "GOAWAY", code: GOAWAY_CODES.drain, ms });
        },
        close: (drain) => core.close(drain ? CLOSE_CODES.drain : CLOSE_CODES.done, drain ? RESET_CODES.drain : RESET_CODES.cancelled),
      };
    },
  };
}
