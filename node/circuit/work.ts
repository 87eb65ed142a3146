import { Worker } from "node:worker_threads";
import type { NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { minuteOf, PREFACE_VALUE_BYTES } from "./preface.ts";
import { workBits, workMessage } from "./workMessage.ts";

/** Until a descriptor tells the relay's own difficulty (NET-6). */
export const DEFAULT_WORK_BITS = 16;
export const MAX_WORK_BITS = 24;
/** Work seen in one minute; beyond it strangers wait for the next. 16 million hashes each at least make it unreachable in honest use. */
const MAX_SEEN_PER_MINUTE = 50_000;

/** Admits a stranger's work once, within a minute of its own (NET-6). */
export interface WorkGate {
  /** Zero bits asked for now; goes into the descriptor. */
  readonly bits: number;
  /** True if `redeem` would take it: whoever is turned away for another reason may come again with it. */
  valid(minute: number, value: Uint8Array): boolean;
  /** True once for every valid work. */
  redeem(minute: number, value: Uint8Array): boolean;
}

/**
 * @param bits difficulty, read at each use: load may raise it
 * @param accepted what is enough, for strangers who saw an earlier descriptor
 */
export function createWorkGate(
  nodeId: NodeId,
  bits: () => number = () => DEFAULT_WORK_BITS,
  nowMs: () => number = Date.now,
  accepted: () => number = bits,
): WorkGate {
  const seen = new Map<number, Set<string>>();
  const keyOf = (value: Uint8Array) => Buffer.from(value).toString("base64");
  const valid = (minute: number, value: Uint8Array): boolean => {
    const now = minuteOf(nowMs());
    for (const old of seen.keys()) if (old < now - 1) seen.delete(old);
    if (Math.abs(minute - now) > 1 || value.length !== PREFACE_VALUE_BYTES) return false;
    if (workBits(workMessage(nodeId, minute, value)) < Math.min(accepted(), MAX_WORK_BITS)) return false;
    const values = seen.get(minute);
    return values === undefined || (!values.has(keyOf(value)) && values.size < MAX_SEEN_PER_MINUTE);
  };
  return {
    get bits() {
      return Math.min(bits(), MAX_WORK_BITS);
    },
    valid,
    redeem(minute, value) {
      if (!valid(minute, value)) return false;
      const values = seen.get(minute) ?? new Set<string>();
      seen.set(minute, values.add(keyOf(value)));
      return true;
    },
  };
}

/**
 * Finds a value for a stranger's preface, in a worker thread: 65,536 hashes on average for 16 bits, 0.1 s.
 * @returns the value and the minute it is for
 * @throws X0T_WORK_FAILED (retryable) if given up or the thread dies
 */
export function solveWork(nodeId: NodeId, bits: number, signal: AbortSignal, nowMs: () => number = Date.now): Promise<{ minute: number; value: Uint8Array }> {
  if (signal.aborted) return Promise.reject(workFailed(signal.reason));
  const minute = minuteOf(nowMs());
  const worker = new Worker(new URL("./workSolver.ts", import.meta.url), { workerData: { nodeId, minute, bits: Math.min(bits, MAX_WORK_BITS) } });
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      signal.removeEventListener("abort", onAbort);
      void worker.terminate();
      finish();
    };
    const onAbort = () => settle(() => reject(workFailed(signal.reason)));
    signal.addEventListener("abort", onAbort, { once: true });
    worker.once("message", (value: Uint8Array) => settle(() => resolve({ minute, value: new Uint8Array(value) })));
    worker.once("error", (error) => settle(() => reject(workFailed(error))));
    worker.once("exit", (code) => settle(() => reject(workFailed(new Error(`exit ${code}`)))));
  });
}

function workFailed(cause: unknown): X0tError {
  return new X0tError("X0T_WORK_FAILED", "No admission work for the relay was found in time. Try again.", { retryable: true, cause });
}
