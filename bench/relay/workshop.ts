import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TRAFFIC_ENV } from "../../runtime/trafficFlags.ts";
import { X0tError } from "../../core/x0tError.ts";

const STOP_MS = 3_000;
const ANSWER_MS = 120_000;
const POLL_MS = 50;
const NODE_COMPILE_CACHE = join(import.meta.dirname, "../../node_modules/.cache/x0t");

/** A process of ours that answers questions. */
export interface Worker {
  pid: number;
  /** @throws X0T_BENCH_FAILED with what it said */
  ask<T>(question: string, argument?: unknown): Promise<T>;
}

/** A folder for throw-away files and the processes that work in it; all of it ends with `close`. */
export interface Workshop {
  dir: string;
  /** Starts a program in the foreground, its output in `<name>.log`. @returns its pid */
  run(name: string, command: readonly string[]): number;
  /** Starts a script of ours that answers (answerQuestions.ts). */
  work(name: string, script: string, args?: readonly string[], execArgv?: readonly string[]): Worker;
  /** Waits until `check` says true. @throws X0T_BENCH_FAILED when `name` ends or the time is up, with the end of its log */
  until(name: string, timeoutMs: number, check: () => boolean | Promise<boolean>): Promise<void>;
  /** Ends these processes; the others live on. */
  stop(pids: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

/** @param tied puts a command in front that lets a program die with this process, whatever ends it */
export function createWorkshop(tied: () => readonly string[]): Workshop {
  const dir = mkdtempSync(join(tmpdir(), "x0t-bench-"));
  const children = new Map<number, { name: string; child: ChildProcess }>();
  let closing = false;

  const logOf = (name: string) => join(dir, `${name}.log`);
  /** Nothing new starts once it closes. */
  const checkOpen = () => {
    if (closing) throw new X0tError("X0T_STOPPING", "Stopped.");
  };
  const keep = (name: string, child: ChildProcess): number => {
    if (child.pid === undefined) throw new X0tError("X0T_BENCH_FAILED", `${name} could not be started.`);
    child.on("error", () => undefined);
    children.set(child.pid, { name, child });
    return child.pid;
  };
  const gone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;
  const failed = (name: string, what: string): X0tError => {
    const lines = readFileSync(logOf(name), "utf8").trim().split("\n").slice(-5).join("\n");
    return new X0tError("X0T_BENCH_FAILED", `${name} ${what}.${lines === "" ? "" : ` It said:\n${lines}`}`);
  };
  const stop = async (pids: readonly number[]): Promise<void> => {
    const ends = pids.map(async (pid) => {
      const child = children.get(pid)?.child;
      if (child === undefined || gone(child)) return;
      const ended = once(child, "exit");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(timer);
    });
    await Promise.all(ends);
    for (const pid of pids) children.delete(pid);
  };

  return {
    dir,
    run(name, command) {
      checkOpen();
      const log = openSync(logOf(name), "a");
      const [program = "", ...args] = [...tied(), ...command];
      // A group of its own: Ctrl-C reaches this process alone, which then ends the others in order.
      const child = spawn(program, args, { cwd: dir, detached: true, stdio: ["ignore", log, log] });
      closeSync(log);
      return keep(name, child);
    },
    work(name, script, args = [], execArgv = []) {
      checkOpen();
      const log = openSync(logOf(name), "a");
      const child = fork(script, args, {
        execArgv: ["--disable-warning=ExperimentalWarning", ...execArgv],
        detached: true,
        // As the launcher has it: sources compiled once, not by each process.
        env: { NODE_COMPILE_CACHE, ...TRAFFIC_ENV, ...process.env },
        serialization: "advanced",
        stdio: ["ignore", log, log, "ipc"],
      });
      closeSync(log);
      const pid = keep(name, child);
      const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
      let next = 0;
      child.on("message", ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
        const asked = waiting.get(id);
        waiting.delete(id);
        if (error === undefined) asked?.resolve(answer);
        else asked?.reject(new X0tError("X0T_BENCH_FAILED", `${name}: ${error}`));
      });
      child.once("exit", () => {
        for (const { reject } of waiting.values()) reject(closing ? new X0tError("X0T_STOPPING", "Stopped.") : failed(name, "ended"));
      });
      return {
        pid,
        ask<T>(question: string, argument?: unknown) {
          const answer = Promise.withResolvers<unknown>();
          const id = next++;
          waiting.set(id, answer);
          const timer = setTimeout(() => answer.reject(failed(name, `did not answer "${question}"`)), ANSWER_MS);
          if (gone(child)) answer.reject(failed(name, "ended"));
          else child.send({ id, question, argument });
          return answer.promise.finally(() => clearTimeout(timer)) as Promise<T>;
        },
      };
    },
    async until(name, timeoutMs, check) {
      const deadline = performance.now() + timeoutMs;
      const mine = [...children.values()].find((each) => each.name === name)?.child;
      while (!(await check())) {
        checkOpen();
        if (mine !== undefined && gone(mine)) throw failed(name, "ended before it was ready");
        if (performance.now() > deadline) throw failed(name, `was not ready within ${timeoutMs / 1000} s`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    stop,
    async close() {
      closing = true;
      await stop([...children.keys()]);
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Ports of 127.0.0.1 that are free now, all different: for programs that must be told theirs. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether something listens there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}
