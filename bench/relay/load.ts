import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { X0tError } from "../../core/x0tError.ts";
import { findProgram } from "./programs.ts";
import type { Way } from "./system.ts";
import type { Workshop } from "./workshop.ts";

/** How long a request may take beyond the time of the load itself. */
const GRACE_MS = 30_000;

export interface LoadResult {
  requests: number;
  errors: number;
  bytes: number;
  seconds: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  ttfbP50Ms: number;
  ttfbP99Ms: number;
}

export interface LoadParams {
  way: Way;
  /** Bytes of one answer. */
  bytes: number;
  /** Requests at once. */
  conns?: number;
  /** One connection for many requests. */
  keepAlive?: boolean;
  /** Whichever comes first. */
  requests?: number;
  seconds: number;
}

/** The load generator and its origin (bench/load.c), compiled for this run. */
export interface Load {
  originPort: number;
  /** In front of a program: it dies with this process. */
  tied: readonly string[];
  /** @throws X0T_BENCH_FAILED; an answer that is not what the origin sent is such a failure */
  get(params: LoadParams): Promise<LoadResult>;
  /** Opens streams and leaves them idle. @returns what ends them */
  hold(params: { way: Way; conns: number; user: string; seconds: number }): Promise<() => Promise<void>>;
}

/** @throws X0T_BENCH_PROGRAM without a C compiler */
export async function compileLoad(dir: string): Promise<string> {
  if (process.platform !== "linux") throw new X0tError("X0T_BENCH_PROGRAM", "The relay benchmark reads /proc and uses epoll: it needs Linux.");
  const compiler = findProgram("cc") ?? findProgram("gcc");
  if (compiler === undefined) throw new X0tError("X0T_BENCH_PROGRAM", "The load generator needs a C compiler, which this machine lacks. Install one: apt install gcc libc6-dev");
  const program = join(dir, "load");
  await promisify(execFile)(compiler, ["-O2", "-o", program, join(import.meta.dirname, "..", "load.c")]);
  return program;
}

export async function startLoad(workshop: Workshop, program: string): Promise<Load> {
  workshop.run("origin", [program, "serve"]);
  const portFile = join(workshop.dir, "origin.log");
  await workshop.until("origin", 5_000, () => /^\d+\n/.test(readFileSync(portFile, "latin1")));
  const originPort = Number(readFileSync(portFile, "latin1").split("\n", 1)[0]);

  const where = (way: Way) => ("socks" in way ? [`socks=${way.socks.join(",")}`, `to=${originPort}`] : [`to=${way.port}`]);
  return {
    originPort,
    tied: [program, "tied"],
    async get({ way, bytes, conns = 1, keepAlive = false, requests = 0, seconds }) {
      const args = ["get", ...where(way), `bytes=${bytes}`, `conns=${conns}`, `keep=${keepAlive ? 1 : 0}`, `requests=${requests}`, `seconds=${seconds}`];
      const { stdout } = await promisify(execFile)(program, args, { timeout: seconds * 1000 + GRACE_MS }).catch((error: { stderr?: string; message: string }) => {
        throw new X0tError("X0T_BENCH_FAILED", `The load failed: ${error.stderr?.trim() || error.message}`, { cause: error });
      });
      return JSON.parse(stdout) as LoadResult;
    },
    async hold({ way, conns, user, seconds }) {
      const args = ["hold", ...where(way), "bytes=1", `conns=${conns}`, `user=${user}`, `seconds=${seconds}`];
      const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      const { standing, errors } = JSON.parse(line) as { standing: number; errors: number };
      const release = async () => {
        const ended = once(child, "exit");
        child.stdin.end();
        await ended;
      };
      if (standing === conns) return release;
      await release();
      throw new X0tError("X0T_BENCH_FAILED", `Only ${standing} of ${conns} idle streams could be opened (${errors} errors).`);
    },
  };
}
