import { X0tError } from "../core/x0tError.ts";
import { firstLine } from "../runtime/logError.ts";
import { translateRpc } from "../runtime/rpcRetry.ts";
import type { Tick } from "./chainView.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

const FIRST_PAUSE_MS = 500;
const LEAST_DEADLINE_MS = 60_000;

/** Runs one job: never twice at once, each run with a deadline, growing pauses after failures. */
export interface JobRunner {
  name: string;
  /** Starts a run unless one is under way or the job pauses. */
  start(tick: Tick): void;
  /** Resolves when the run under way, if any, is over. */
  idle(): Promise<void>;
  lastError(): string | undefined;
}

export function createJobRunner(node: WorkerNode, job: Job, stopped: AbortSignal): JobRunner {
  const epochMs = node.parameters.epochSeconds * 1000;
  let running: Promise<void> | undefined;
  let failures = 0;
  let pausedUntilMs = 0;
  let lastError: string | undefined;
  let warnedEpoch = -1;

  const fail = (thrown: unknown, tick: Tick) => {
    if (stopped.aborted) return;
    const error = translateRpc(thrown);
    failures++;
    // A quarter of an epoch at most: commit windows are epochs long.
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), epochMs / 4);
    pausedUntilMs = performance.now() + pauseMs;
    const code = error instanceof X0tError ? error.code : "X0T_UNEXPECTED";
    const text = error instanceof X0tError ? error.message : firstLine(error);
    lastError = `${code}: ${text}`;
    node.metrics.jobs.inc({ job: job.name, outcome: "failed" });
    const fields = { job: job.name, code, failures, retryInMs: pauseMs, ...(error instanceof X0tError ? {} : { err: error }) };
    if (warnedEpoch === tick.epoch) return node.log.debug(fields, text);
    warnedEpoch = tick.epoch;
    node.log.warn(fields, text);
  };

  const run = async (tick: Tick) => {
    const deadline = AbortSignal.timeout(Math.max(epochMs, LEAST_DEADLINE_MS));
    const endTimer = node.metrics.jobSeconds.startTimer({ job: job.name });
    try {
      await job.run(tick, AbortSignal.any([stopped, deadline]));
      if (failures > 0) node.log.info({ job: job.name, failures }, "recovered");
      failures = 0;
      lastError = undefined;
      node.metrics.jobs.inc({ job: job.name, outcome: "done" });
    } catch (error) {
      fail(error, tick);
    } finally {
      endTimer();
    }
  };

  return {
    name: job.name,
    start(tick) {
      if (running !== undefined || stopped.aborted || performance.now() < pausedUntilMs) return;
      running = run(tick).finally(() => (running = undefined));
    },
    idle: () => running ?? Promise.resolve(),
    lastError: () => lastError,
  };
}
