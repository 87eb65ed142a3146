import { X0tError } from "../../core/x0tError.ts";
import { cpuSecondsOf } from "./processes.ts";
import type { Load, LoadParams, LoadResult } from "./load.ts";
import type { System } from "./system.ts";

const AT_ONCE = 32;
const ANSWER_BYTES = 1_000;
const TTFB_REQUESTS = 200;
const WARM_BYTES = 20_000_000;
const WARM_SECONDS = 2;

/** What one round says of one system. */
export interface Sample {
  bulkMBps: number;
  /** Of all its processes, without the load generator and the origin. */
  cpuSecondsPerGB: number;
  ttfbMs: { p50: number; p99: number };
  newConn: Rate;
  keepAlive: Rate;
  /** Requests that failed, of all loads. */
  errors: number;
}

interface Rate {
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
  /** Of all processes for one request: what a busy machine changes least. */
  cpuMs: number;
}

/** @param seconds of each load at most; a slow system's download ends before its last byte */
export async function measureSystem({ name, way, pids }: System, load: Load, { bytes, seconds }: { bytes: number; seconds: number }): Promise<Sample> {
  const loaded = async (params: Omit<LoadParams, "way">): Promise<LoadResult & { cpuSeconds: number }> => {
    const before = cpuSecondsOf(pids);
    const result = await load.get({ way, ...params });
    return { ...result, cpuSeconds: cpuSecondsOf(pids) - before };
  };
  const bulk = await loaded({ bytes, requests: 1, seconds: Math.max(seconds, 5) });
  const ttfb = await loaded({ bytes: ANSWER_BYTES, requests: TTFB_REQUESTS, seconds });
  const newConn = await loaded({ bytes: ANSWER_BYTES, conns: AT_ONCE, seconds });
  const keepAlive = await loaded({ bytes: ANSWER_BYTES, conns: AT_ONCE, keepAlive: true, seconds });
  if ([ttfb, newConn, keepAlive].some(({ requests }) => requests === 0) || bulk.bytes === 0) {
    throw new X0tError("X0T_BENCH_FAILED", `${name} answered none of the requests of a load.`);
  }
  const rate = ({ requests, seconds: took, p50Ms, p95Ms, cpuSeconds }: typeof newConn): Rate => ({
    perSecond: requests / took,
    p50Ms,
    p95Ms,
    cpuMs: (cpuSeconds / requests) * 1e3,
  });
  return {
    bulkMBps: bulk.bytes / 1e6 / bulk.seconds,
    cpuSecondsPerGB: bulk.cpuSeconds / (bulk.bytes / 1e9),
    ttfbMs: { p50: ttfb.ttfbP50Ms, p99: ttfb.ttfbP99Ms },
    newConn: rate(newConn),
    keepAlive: rate(keepAlive),
    errors: bulk.errors + ttfb.errors + newConn.errors + keepAlive.errors,
  };
}

/** Circuits stand and windows have grown. */
export async function warmUp({ way }: System, load: Load): Promise<void> {
  await load.get({ way, bytes: WARM_BYTES, requests: 1, seconds: WARM_SECONDS });
}
