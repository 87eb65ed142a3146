import type { DidDocument } from "../../core/didDocument.ts";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Circuit } from "../circuit/buildCircuit.ts";
import type { DirectoryNode } from "../directory/directory.ts";
import type { ClientSession, ClientSessionOptions, PathReport } from "../session/clientSession.ts";

/** NET-11: an exit keeps a session without a circuit for so long. */
const KEEP_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 30_000;
const LONGEST_ORPHAN_RETRY_MS = 500;
/** Without any circuit two are tried at once: the first to stand saves the streams. */
const ORPHAN_BUILDS = 2;
/** So many relays did not reach the exit: it is the exit that is gone (NET-13). */
const EXIT_WITNESSES = 2;
/** Where there is one to ask, or nobody: its link may be down for a moment, after so long it is the exit. */
const EXIT_GONE_MS = 1_500;
/** Guards that answer and are not paid for so long will not be: streams had better end than stand still (CHN-1). */
const UNPAID_MS = 5_000;
/** A path that is left closes so long after another one took over. */
const LEAVE_MS = 1_000;

/** A circuit and the relays that it goes through. */
export interface BuiltCircuit {
  path: readonly DirectoryNode[];
  circuit: Circuit;
}

export interface BuildRequest {
  /** Nodes to stay away from: all of them for a further circuit, where there is a choice for a first one. */
  busy: ReadonlySet<NodeId>;
  /** A way that works matters more than one that shares nothing: streams wait for it, or the last one failed. */
  urgent?: boolean;
  /** Of a further circuit: where its session ends. */
  exit?: NodeId;
  /** Of a first circuit: the exits it may end at, and those it had better end at (NET-15). */
  exits?: ExitChoice;
}

export interface ExitChoice {
  allows?(exit: DirectoryNode): boolean;
  prefers?(exit: DirectoryNode): boolean;
}

/** What a session is doing, for its user. */
export interface CarrierReport {
  ageMs: number;
  /** Times that another circuit took the lead, and circuits that were lost. */
  switchOvers: number;
  lostCircuits: number;
  /** To and from its entries, circuits that are gone included. */
  bytes: number;
  paths: (Omit<PathReport, "circuit"> & { path: readonly DirectoryNode[]; bytes: number })[];
}

/** One session, its circuits, and the building of those that it lacks (NET-9). */
export interface Carrier {
  session: ClientSession;
  exit: NodeId;
  /** What the exit says of itself; undefined where nothing is known. */
  document: DidDocument | undefined;
  circuits(): BuiltCircuit[];
  /** The circuit that leads. */
  lead(): BuiltCircuit | undefined;
  report(): CarrierReport;
  /** Builds what is missing to `wanted`, closes what was left. */
  maintain(wanted: number): void;
  /** Sends nothing more over these where there are others, and replaces them (NET-23). */
  leave(concerned: (circuit: BuiltCircuit) => boolean): void;
  /** Ends these at once. */
  drop(concerned: (circuit: BuiltCircuit) => boolean): void;
  /** Something changed for the better: try now. */
  kick(): void;
}

export interface CarrierDeps {
  /** @throws X0tError, with `data.nodeId` the hop that failed */
  build(request: BuildRequest, signal: AbortSignal): Promise<BuiltCircuit>;
  startSession(circuit: Circuit, options: ClientSessionOptions): ClientSession;
  /** A circuit ended that nobody closed; `left` others of its session remain. */
  onLost(circuit: BuiltCircuit, left: number): void;
  /** Another circuit leads now. */
  onSwitch(): void;
  /** The exit goes away, or a circuit was lost: the route looks again. */
  onChange(): void;
  log: Logger;
  signal: AbortSignal;
}

export function createCarrier(deps: CarrierDeps, first: BuiltCircuit, duplicate: boolean): Carrier {
  const circuits = new Map<Circuit, BuiltCircuit>([[first.circuit, first]]);
  const lostEarly = new WeakSet<Circuit>();
  const leavingSinceMs = new Map<Circuit, number>();
  const { nodeId: exit, document } = first.path.at(-1) as DirectoryNode;
  let building = 0;
  let notBeforeMs = 0;
  let retryMs = FIRST_RETRY_MS;
  let failures = 0;
  let exitFailures = 0;
  const exitMissedBy = new Set<unknown>();
  let orphanSinceMs: number | undefined;
  let over = false;
  let wantedNow = 1;
  const sinceMs = performance.now();
  const past = { switchOvers: 0, lostCircuits: 0, bytes: 0 };

  const session = deps.startSession(first.circuit, {
    keepMs: KEEP_MS,
    duplicate,
    onGoAway: deps.onChange,
    onSwitch() {
      past.switchOvers++;
      deps.onSwitch();
    },
    onPathLost(circuit, left) {
      const lost = circuits.get(circuit);
      const wasLeft = leavingSinceMs.delete(circuit);
      circuits.delete(circuit);
      if (lost === undefined) lostEarly.add(circuit);
      if (lost === undefined || over) return;
      past.bytes += circuit.wireBytes();
      if (!wasLeft) {
        past.lostCircuits++;
        deps.onLost(lost, left);
      }
      if (left === 0) {
        orphanSinceMs = performance.now();
        foundExit();
        kick();
      }
      deps.onChange();
    },
  });
  void session.closed.then(() => (over = true));

  function kick(): void {
    notBeforeMs = 0;
    retryMs = FIRST_RETRY_MS;
    maintain(wantedNow);
  }

  function foundExit(): void {
    exitFailures = 0;
    exitMissedBy.clear();
  }

  function maintain(wanted: number): void {
    wantedNow = wanted;
    if (over || deps.signal.aborted || session.goingAway()) return;
    const staying = circuits.size - leavingSinceMs.size;
    for (const [circuit, sinceMs] of leavingSinceMs) if (staying > 0 && performance.now() - sinceMs > LEAVE_MS) circuit.close();
    const builds = staying >= wanted ? 0 : circuits.size === 0 ? ORPHAN_BUILDS : 1;
    if (performance.now() >= notBeforeMs) while (building < builds) void extend();
  }

  async function extend(): Promise<void> {
    building++;
    const orphaned = circuits.size === 0;
    const busy = new Set([...circuits.values()].flatMap(({ path }) => path.map(({ nodeId }) => nodeId)));
    busy.delete(exit);
    let built: BuiltCircuit | undefined;
    try {
      built = await deps.build({ busy, exit, urgent: orphaned || failures > 0 }, deps.signal);
      if (over || circuits.size >= wantedNow + leavingSinceMs.size) return built.circuit.close();
      await session.addCircuit(built.circuit);
      // It may have ended before this went on: then nobody would ever take it out again.
      if (lostEarly.has(built.circuit)) throw new X0tError("X0T_CIRCUIT_LOST", "The circuit ended as soon as it had joined.", { retryable: true });
      // Of two that were built at once one is enough where both go the same way: the next is built away from it.
      if (orphaned && built.path.some(isInUse)) return built.circuit.close();
      circuits.set(built.circuit, built);
      retryMs = FIRST_RETRY_MS;
      failures = 0;
      foundExit();
      deps.log.debug({ path: built.path.map(({ index }) => index) }, "circuit joined");
    } catch (error) {
      built?.circuit.close();
      onFailed(error as X0tError);
    } finally {
      building--;
      setImmediate(() => maintain(wantedNow));
    }
  }

  function isInUse({ nodeId }: DirectoryNode): boolean {
    return nodeId !== exit && [...circuits.values()].some(({ path }) => path.some((node) => node.nodeId === nodeId));
  }

  function onFailed(error: X0tError): void {
    deps.log.debug({ err: error }, "no further circuit");
    const orphaned = circuits.size === 0;
    failures++;
    if (orphaned && isExitGone(error)) return session.close();
    if (orphaned && error.data?.unpaid === true && performance.now() - (orphanSinceMs ?? 0) > UNPAID_MS) return session.close();
    notBeforeMs = performance.now() + retryMs;
    setTimeout(() => maintain(wantedNow), retryMs).unref();
    retryMs = Math.min(2 * retryMs, orphaned ? LONGEST_ORPHAN_RETRY_MS : LONGEST_RETRY_MS);
  }

  /** Nobody who pays it is left, or whoever is asked does not reach it. */
  function isExitGone({ code, data }: X0tError): boolean {
    if (data?.nodeId !== exit && code !== "X0T_NO_PATH") return false;
    if (data?.nodeId === exit) exitMissedBy.add(data.via);
    exitFailures++;
    return exitFailures > 1 && (exitMissedBy.size >= EXIT_WITNESSES || performance.now() - (orphanSinceMs ?? 0) > EXIT_GONE_MS);
  }

  return {
    session,
    exit,
    document,
    circuits: () => [...circuits.values()],
    lead() {
      const leading = session.paths().find(({ role }) => role === "lead")?.circuit;
      return leading === undefined ? [...circuits.values()][0] : circuits.get(leading);
    },
    report() {
      const paths = session.paths().flatMap(({ circuit, ...rest }) => {
        const built = circuits.get(circuit);
        return built === undefined ? [] : [{ ...rest, path: built.path, bytes: circuit.wireBytes() }];
      });
      return { ageMs: performance.now() - sinceMs, ...past, bytes: paths.reduce((sum, { bytes }) => sum + bytes, past.bytes), paths };
    },
    maintain,
    leave(concerned) {
      const left = [...circuits].filter(([circuit, built]) => !leavingSinceMs.has(circuit) && concerned(built));
      for (const [circuit] of left) {
        leavingSinceMs.set(circuit, performance.now());
        session.leave(circuit);
      }
      if (left.length > 0) kick();
    },
    drop(concerned) {
      for (const [circuit, built] of circuits) if (concerned(built)) circuit.close();
    },
    kick,
  };
}
