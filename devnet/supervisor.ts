import { setTimeout as delay } from "node:timers/promises";
import { X0tError } from "../core/x0tError.ts";
import { describeExit, startChild, type ChildSpec, type RunningChild } from "./childProcess.ts";
import type { ProcessTable } from "./processTable.ts";

/** How long a dead child stays dead before it is started again. */
export const RESTART_AFTER_MS = 15_000;

export interface SupervisorEvents {
  /** A child ended though nobody asked it to; it starts again after `restartMs`. */
  onDied?: (name: string, how: string, restartMs: number) => void;
  /** A child that had died serves again under this pid. */
  onRestarted?: (name: string, pid: number) => void;
  /** A restart failed; the next try is after `restartMs`. */
  onRestartFailed?: (name: string, error: Error, restartMs: number) => void;
}

interface Supervised {
  spec: ChildSpec;
  running?: RunningChild;
  pid?: number;
}

/**
 * Starts children and keeps them running.
 *
 *   start → running → died → (15 s) → running …
 *             └ stop → stopped
 */
export class Supervisor {
  readonly #table: ProcessTable;
  readonly #events: SupervisorEvents;
  readonly #restartMs: number;
  readonly #children = new Map<string, Supervised>();
  readonly #closing = new AbortController();
  readonly #restarts = new Set<Promise<void>>();

  constructor(options: { table: ProcessTable; events: SupervisorEvents; restartMs?: number }) {
    this.#table = options.table;
    this.#events = options.events;
    this.#restartMs = options.restartMs ?? RESTART_AFTER_MS;
  }

  /** @returns its pid once it is ready. @throws X0T_CHILD_FAILED */
  async start(spec: ChildSpec, signal: AbortSignal): Promise<number> {
    if (this.#children.has(spec.name)) throw new X0tError("X0T_CHILD_FAILED", `${spec.name} was started already.`);
    const child: Supervised = { spec };
    this.#children.set(spec.name, child);
    try {
      return await this.#launch(child, AbortSignal.any([signal, this.#closing.signal]));
    } catch (error) {
      this.#children.delete(spec.name);
      throw error;
    }
  }

  /** The pid of a child that runs or is starting; undefined while it is dead. */
  pid(name: string): number | undefined {
    return this.#children.get(name)?.pid;
  }

  isUp(name: string): boolean {
    return this.#children.get(name)?.running !== undefined;
  }

  names(): string[] {
    return [...this.#children.keys()];
  }

  /** Stops the named children together; unknown names are passed over. No child is started again from now on. */
  async stop(names: readonly string[], hurry: AbortSignal): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#restarts);
    await Promise.all(
      names.map(async (name) => {
        const child = this.#children.get(name);
        this.#children.delete(name);
        await child?.running?.stop(hurry);
      }),
    );
  }

  async #launch(child: Supervised, signal: AbortSignal): Promise<number> {
    const { name } = child.spec;
    let pid: number | undefined;
    try {
      const running = await startChild(
        child.spec,
        (spawned) => {
          pid = spawned;
          child.pid = spawned;
          this.#table.add(name, spawned);
        },
        signal,
      );
      child.running = running;
      void running.exited.then((exit) => this.#onExit(child, running, describeExit(exit)));
      return running.pid;
    } catch (error) {
      delete child.pid;
      if (pid !== undefined) this.#table.remove(name, pid);
      throw error;
    }
  }

  #onExit(child: Supervised, running: RunningChild, how: string): void {
    const { name } = child.spec;
    this.#table.remove(name, running.pid);
    delete child.running;
    delete child.pid;
    if (this.#closing.signal.aborted || !this.#children.has(name)) return;
    this.#events.onDied?.(name, how, this.#restartMs);
    const restart = this.#restart(child).finally(() => this.#restarts.delete(restart));
    this.#restarts.add(restart);
  }

  async #restart(child: Supervised): Promise<void> {
    const { name } = child.spec;
    for (;;) {
      try {
        await delay(this.#restartMs, undefined, { signal: this.#closing.signal });
        const pid = await this.#launch(child, this.#closing.signal);
        this.#events.onRestarted?.(name, pid);
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#events.onRestartFailed?.(name, error as Error, this.#restartMs);
      }
    }
  }
}
