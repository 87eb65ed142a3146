import { flushCompileCache } from "node:module";
import type { Logger } from "./logger.ts";

/**
 * Runs a process until SIGINT, SIGTERM or the loss of the parent that started it, then closes in order and exits 0.
 * A second signal exits at once. `close` gets a signal that aborts when its time is up.
 */
export function onShutdown(log: Logger, close: (signal: AbortSignal) => Promise<void>, deadlineMs = 15_000): void {
  let closing = false;
  const stop = (reason: string) => {
    if (closing) {
      if (reason !== "disconnect") process.exit(1);
      return;
    }
    closing = true;
    log.info({ reason }, "stopping");
    const deadline = AbortSignal.timeout(deadlineMs);
    deadline.addEventListener("abort", () => {
      log.warn({ deadlineMs }, "not closed in time, leaving");
      process.exit(1);
    });
    close(deadline).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "closing failed");
        process.exit(1);
      },
    );
  };
  process.once("SIGINT", () => stop("SIGINT"));
  process.on("SIGTERM", () => stop("SIGTERM"));
  // A child of the launcher must not outlive it, even if the launcher is killed.
  if (process.send !== undefined) process.once("disconnect", () => stop("disconnect"));
}

/** Tells the launcher, if there is one, that this process serves. */
export function reportReady(details: Record<string, unknown> = {}): void {
  // Else only a clean end writes the cache of compiled code (NODE_COMPILE_CACHE), which halves the next start.
  flushCompileCache();
  process.send?.({ type: "ready", ...details });
}
