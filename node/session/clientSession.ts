import { randomBytes } from "node:crypto";
import { X0tError } from "../../core/x0tError.ts";
import type { Circuit } from "../circuit/buildCircuit.ts";
import { CLOSE_CODES, PATH_ROLES, REPLIES, RESET_CODES, type Frame, type Target } from "../circuit/frames.ts";
import { isAssociation } from "./association.ts";
import { createClientDatagrams, type AssociationEvents, type ClientAssociation } from "./clientDatagrams.ts";
import { createLeadElection } from "./electLead.ts";
import { joinProof } from "./joinProof.ts";
import type { SessionPath } from "./path.ts";
import { createSessionCore, MAX_STREAMS, type SessionCore } from "./sessionCore.ts";
import type { SessionStream } from "./sessionStream.ts";
import { createWindowBudget } from "./windows.ts";

const READY_TIMEOUT_MS = 10_000;
const OPEN_TIMEOUT_MS = 30_000;
const VERSION = 1;
/** NET-12: each 5 s, each 100 ms while a stream is in use; a standby less often. */
const PING_MS = 5_000;
const ACTIVE_PING_MS = 100;
const STANDBY_PING_MS = 500;
/** A path whose round trip is at most so many times the lead's may share its load (NET-12). */
const SHARE_RATIO = 2;

/** What one circuit does for a session. */
export interface PathReport {
  circuit: Circuit;
  role: "lead" | "share" | "standby" | "duplicate" | "joining";
  srttMs: number | undefined;
  suspect: boolean;
}

export interface ClientSession {
  /**
   * Joins a further circuit to the same exit (NET-9). Resolves when it may carry streams.
   * @throws X0T_JOIN_REFUSED if the exit knows the session no more; X0T_CIRCUIT_LOST (retryable)
   */
  addCircuit(circuit: Circuit): Promise<void>;
  /**
   * Resolves when the exit has connected.
   * @throws X0T_OPEN_REFUSED with `data.reply`, SOCKS5's code; X0T_CIRCUIT_LOST (retryable) if the session is gone
   */
  openStream(target: Target, signal: AbortSignal): Promise<SessionStream>;
  /** Datagrams from one port of the exit's (NET-14). @throws X0T_CIRCUIT_LOST (retryable) if the session is gone or going */
  openAssociation(events: AssociationEvents): ClientAssociation;
  /** Nothing more goes over this circuit while there are others: it will be closed soon (NET-23). */
  leave(circuit: Circuit): void;
  /** Milliseconds there and back on the leading path. */
  ping(signal: AbortSignal): Promise<number>;
  /** Streams open or being opened, and associations. */
  streams(): number;
  paths(): PathReport[];
  /** No path is known to work: new streams had better go elsewhere. */
  silent(): boolean;
  /** Rejects what is being opened with X0T_CIRCUIT_LOST: it is to be opened elsewhere. */
  giveUpOpenings(): void;
  /** True once the exit said GOAWAY: new streams belong elsewhere. */
  goingAway(): boolean;
  /** Settles once the session is gone. */
  closed: Promise<void>;
  close(): void;
}

interface Opening {
  window: number;
  resolve(stream: SessionStream): void;
  reject(error: X0tError): void;
}

export interface ClientSessionOptions {
  /** The exit drains and says within how many ms it is gone. */
  onGoAway?(ms: number): void;
  /** A circuit of the session was lost; `left` others remain. */
  onPathLost?(circuit: Circuit, left: number): void;
  /** A circuit fell silent while others go on; or it was the lead and another took over. */
  onSwitch?(from: Circuit | undefined, to: Circuit): void;
  /** Without any circuit the session waits so long for another one; 0 = not at all. */
  keepMs?: number;
  /** Everything goes over two paths at once (NET-12). */
  duplicate?: boolean;
  /** Pings each 5 s even while streams are in use: nobody waits for them. */
  calm?: boolean;
}

/** The client's end of a session over up to three circuits to one exit (NET-9 to NET-12). */
export function createClientSession(first: Circuit, options: ClientSessionOptions = {}): ClientSession {
  const sessionId = randomBytes(16);
  const key = randomBytes(32);
  const opening = new Map<number, Opening>();
  const circuits = new Map<SessionPath, Circuit>();
  const joining = new Map<SessionPath, { resolve(): void; reject(error: X0tError): void }>();
  const pings = new Set<(error: X0tError) => void>();
  const ready = Promise.withResolvers<undefined>();
  ready.promise.catch(() => undefined);
  const gone = Promise.withResolvers<undefined>();
  const election = createLeadElection();
  let highest = 0;
  let maxStreams = MAX_STREAMS;
  let goAway = false;
  let over = false;
  let led: Circuit | undefined;
  let orphanTimer: NodeJS.Timeout | undefined;

  const core: SessionCore = createSessionCore({
    budget: createWindowBudget(),
    highestStream: () => highest,
    onFrame: (frame, path) => onFrame(frame, path),
    electLead(paths, lead) {
      const elected = election.elect(paths, lead);
      assignRoles(elected);
      return elected;
    },
    onTick: () => onTick(),
    onPathLost: (path) => onPathLost(path),
    onClosed: () => end(),
  });
  const datagrams = createClientDatagrams((frame) => {
    if (frame.type === "DGRAM") return core.sendDatagram(frame);
    core.send(frame);
    return true;
  });

  const end = () => {
    if (over) return;
    over = true;
    datagrams.close();
    clearTimeout(orphanTimer);
    clearTimeout(readyTimer);
    const lost = lostError();
    ready.reject(lost);
    for (const { reject } of [...opening.values(), ...joining.values()]) reject(lost);
    for (const reject of pings) reject(lost);
    opening.clear();
    joining.clear();
    gone.resolve(undefined);
  };
  const onPathLost = (path: SessionPath) => {
    const circuit = circuits.get(path);
    circuits.delete(path);
    joining.get(path)?.reject(lostError());
    joining.delete(path);
    if (over || core.closed()) return;
    const left = readyPaths().length;
    if (left === 0) giveUpOpenings();
    if (left === 0 && !(options.keepMs !== undefined && options.keepMs > 0 && readyOnce)) core.close(CLOSE_CODES.done);
    else if (left === 0) {
      clearTimeout(orphanTimer);
      orphanTimer = setTimeout(() => core.close(CLOSE_CODES.done), options.keepMs);
    }
    if (circuit !== undefined) options.onPathLost?.(circuit, left);
  };
  let readyOnce = false;
  const readyPaths = () => [...core.paths].filter((path) => path.ready && !path.lost());

  /** NET-12: tells the exit what each path is for. */
  const assignRoles = (lead: SessionPath | undefined) => {
    if (lead === undefined) return;
    const leadRtt = lead.health.srttMs() ?? 0;
    const others = readyPaths().filter((path) => path !== lead);
    const best = options.duplicate === true ? others.filter((path) => !path.suspect).sort((a, b) => rttOf(a) - rttOf(b))[0] : undefined;
    for (const path of others) setRole(path, path === best ? PATH_ROLES.duplicate : rttOf(path) <= SHARE_RATIO * leadRtt ? PATH_ROLES.share : PATH_ROLES.standby);
    setRole(lead, PATH_ROLES.lead);
    const circuit = circuits.get(lead);
    if (circuit === undefined || circuit === led) return;
    const before = led;
    led = circuit;
    if (before !== undefined) options.onSwitch?.(before, circuit);
  };
  const setRole = (path: SessionPath, role: number) => {
    if (path.role === role) return;
    path.role = role;
    path.send({ type: "ROLE", role });
  };

  /** What the exit has not answered is better asked of another one: nothing was said on it yet. */
  const giveUpOpenings = () => {
    for (const id of [...opening.keys()]) {
      settleOpening(id, ({ reject }) => reject(lostError()));
      core.send({ type: "RESET", stream: id, code: RESET_CODES.cancelled });
    }
  };
  const isSilent = () => readyOnce && readyPaths().every((path) => path.suspect);

  const onTick = () => {
    const now = performance.now();
    const active = options.calm !== true && (core.active() || opening.size > 0);
    for (const path of readyPaths()) {
      const everyMs = !active ? PING_MS : path.role === PATH_ROLES.standby || path.role === PATH_ROLES.share ? STANDBY_PING_MS : ACTIVE_PING_MS;
      if (now - path.lastPingMs() >= everyMs) path.ping();
    }
    const lead = core.lead();
    const elected = election.elect(readyPaths(), lead);
    assignRoles(elected);
    if (elected !== undefined && elected !== lead) core.setLead(elected);
  };

  const onReady = (path: SessionPath, streams: number) => {
    maxStreams = Math.min(maxStreams, streams);
    clearTimeout(orphanTimer);
    core.joined(path);
    path.ping();
    joining.get(path)?.resolve();
    joining.delete(path);
    readyOnce = true;
    clearTimeout(readyTimer);
    ready.resolve(undefined);
  };
  const onFrame = (frame: Frame, path: SessionPath): boolean => {
    switch (frame.type) {
      case "READY":
        if (path.ready) return false;
        onReady(path, frame.streams);
        return true;
      case "OPENED":
        return onOpened(frame);
      case "DATA":
      case "FIN":
        // Its OPENED is under way on a slower path.
        if (opening.has(frame.stream)) return openNow(frame.stream, 0);
        return frame.stream <= highest;
      case "DGRAM":
        return datagrams.onFrame(frame);
      case "RESET":
        if (isAssociation(frame.stream)) return datagrams.onFrame(frame);
        settleOpening(frame.stream, ({ reject }) => reject(refused(REPLIES.generalFailure)));
        return frame.stream <= highest;
      case "GOAWAY":
        goAway = true;
        options.onGoAway?.(frame.ms);
        return true;
      case "CLOSE":
        onClose(frame.code, path);
        return true;
      default:
        return false;
    }
  };
  const onClose = (code: number, path: SessionPath) => {
    const join = joining.get(path);
    if (join === undefined) return core.close(CLOSE_CODES.done);
    const forgotten = code === CLOSE_CODES.noSession;
    const reason = forgotten ? "does not know this session any more" : `takes no further circuit of this session (code ${code})`;
    join.reject(new X0tError("X0T_JOIN_REFUSED", `The exit ${reason}.`, { retryable: true, data: { code } }));
    joining.delete(path);
    path.destroy();
    // An exit that forgot it has lost its streams too; all else is this circuit's affair alone.
    if (forgotten && readyPaths().length === 0) core.close(CLOSE_CODES.done);
  };
  const settleOpening = (id: number, settle: (open: Opening) => void): void => {
    const open = opening.get(id);
    if (open === undefined) return;
    opening.delete(id);
    core.giveWindow(open.window);
    settle(open);
  };
  const openNow = (id: number, sendLimit: number): boolean => {
    const open = opening.get(id) as Opening;
    opening.delete(id);
    const stream = core.addStream(id, sendLimit, open.window);
    if (stream === undefined) return false;
    open.resolve(stream);
    return true;
  };
  const onOpened = (frame: Extract<Frame, { type: "OPENED" }>): boolean => {
    const stream = core.streams.get(frame.stream);
    if (stream !== undefined) {
      stream.allow(frame.window);
      return true;
    }
    // Given up meanwhile, its RESET is under way; or a second copy (NET-9), and the stream is over: a RESET could overtake its last bytes.
    if (!opening.has(frame.stream)) return frame.stream <= highest;
    if (frame.reply === REPLIES.succeeded) return openNow(frame.stream, frame.window);
    settleOpening(frame.stream, ({ reject }) => reject(refused(frame.reply)));
    return true;
  };

  const add = (circuit: Circuit, hello: Frame) => {
    const path = core.addPath(circuit.tls);
    circuits.set(path, circuit);
    path.send(hello);
    path.start(Buffer.alloc(0));
    return path;
  };
  const readyTimer = setTimeout(() => core.close(CLOSE_CODES.done), READY_TIMEOUT_MS);
  add(first, { type: "HELLO", version: VERSION, sessionId, key });

  return {
    async addCircuit(circuit) {
      if (over || core.closed() || circuit.tls.destroyed) throw lostError();
      const joined = Promise.withResolvers<undefined>();
      const path = add(circuit, { type: "JOIN", sessionId, proof: joinProof(key, circuit.tls) });
      joining.set(path, { resolve: () => joined.resolve(undefined), reject: joined.reject });
      const timer = setTimeout(() => path.destroy(), READY_TIMEOUT_MS);
      await joined.promise.finally(() => clearTimeout(timer));
    },
    async openStream(target, signal) {
      if (!readyOnce) await untilAborted(ready.promise, AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]));
      if (over || goAway || core.closed()) throw lostError();
      if (signal.aborted) throw refused(REPLIES.timedOut, "it took too long");
      const window = core.streams.size + opening.size >= maxStreams ? 0 : core.takeWindow();
      if (window === 0) throw refused(REPLIES.generalFailure, "too many connections on this circuit");
      const id = ++highest;
      const opened = Promise.withResolvers<SessionStream>();
      opening.set(id, { window, resolve: opened.resolve, reject: opened.reject });
      core.send({ type: "OPEN", stream: id, target, window });
      const giveUp = () => {
        settleOpening(id, ({ reject }) => reject(refused(REPLIES.timedOut, "it took too long")));
        core.send({ type: "RESET", stream: id, code: RESET_CODES.cancelled });
      };
      const timer = setTimeout(giveUp, OPEN_TIMEOUT_MS);
      signal.addEventListener("abort", giveUp, { once: true });
      return opened.promise.finally(() => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
      });
    },
    openAssociation(events) {
      if (over || goAway || core.closed()) throw lostError();
      return datagrams.open(events);
    },
    leave(circuit) {
      for (const [path, of] of circuits) if (of === circuit) path.leaving = true;
      onTick();
    },
    ping(signal) {
      const path = core.lead() ?? [...core.paths][0];
      if (over || core.closed() || path === undefined) return Promise.reject(lostError());
      const answer = Promise.withResolvers<number>();
      const id = path.ping(answer.resolve);
      const onAbort = () => {
        path.forgetPing(id);
        answer.reject(new X0tError("X0T_PING_TIMEOUT", "The exit did not answer a ping in time.", { retryable: true }));
      };
      pings.add(answer.reject);
      signal.addEventListener("abort", onAbort, { once: true });
      return answer.promise.finally(() => {
        pings.delete(answer.reject);
        signal.removeEventListener("abort", onAbort);
      });
    },
    streams: () => core.streams.size + opening.size + datagrams.count(),
    paths: () =>
      [...circuits].map(([path, circuit]) => ({
        circuit,
        role: path.ready ? ROLE_NAMES[path.role as 0 | 1 | 2 | 3] : "joining",
        srttMs: path.health.srttMs(),
        suspect: path.suspect,
      })),
    silent: isSilent,
    giveUpOpenings,
    goingAway: () => goAway,
    closed: gone.promise.then(() => undefined),
    close: () => core.close(CLOSE_CODES.done),
  };
}

const ROLE_NAMES = ["standby", "share", "lead", "duplicate"] as const;

function rttOf(path: SessionPath): number {
  return path.health.srttMs() ?? Number.MAX_VALUE;
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
