import { fileURLToPath } from "node:url";
import { pino, type Logger } from "pino";
import { X0tError } from "../core/x0tError.ts";
import { redirectStandardOutput, writeStandardError } from "./standardError.ts";

export const HOST = "127.0.0.1";
const EXIT_CONFIG = 2;
/** sysexits' EX_TEMPFAIL, as Ponder itself ends when a restart may help. */
export const EXIT_RETRY = 75;

/**
 * Runs Ponder in this process. The command line amounts to
 *   ponder <command> --root indexer --schema x0t_<version> --port <port> --hostname 127.0.0.1 --log-format json
 * with PONDER_TELEMETRY_DISABLED=1, from the state folder as working directory (Ponder writes generated/ there).
 */
export async function startPonder(command: "start" | "serve", dir: string, schema: string, port: number): Promise<void> {
  process.chdir(dir);
  process.env["PONDER_TELEMETRY_DISABLED"] = "1";
  // Its port option yields to the first, and the second asks for views that nobody reads.
  delete process.env["PORT"];
  delete process.env["DATABASE_VIEWS_SCHEMA"];
  redirectStandardOutput();
  const root = fileURLToPath(new URL(".", import.meta.url));
  const options = ["--root", root, "--schema", schema, "--port", String(port), "--hostname", HOST];
  const logging = ["--log-format", "json", "--log-level", ponderLogLevel()];
  process.argv = [process.execPath, "ponder", command, ...options, ...logging];
  await import(new URL("bin/ponder.js", import.meta.resolve("ponder")).href);
}

/** Runs `main` as this process: its log, its end with the launcher's, and its exit code. */
export function runMain(name: string, main: (log: Logger) => Promise<void>): void {
  const log = pino(
    { name, level: process.env["X0T_LOG_LEVEL"] ?? "info", timestamp: pino.stdTimeFunctions.isoTime },
    { write: writeStandardError },
  );
  // A child of the launcher must not outlive it, even if the launcher is killed; Ponder closes on SIGTERM.
  if (process.send !== undefined) process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  main(log).catch((error: unknown) => {
    const code = error instanceof X0tError ? error.code : undefined;
    log.error({ code, err: code === undefined ? error : undefined }, (error as Error).message);
    process.exit(exitCodeOf(error));
  });
}

/** Ponder tells of every block at "info": that is our "debug". */
function ponderLogLevel(): string {
  const level = process.env["X0T_LOG_LEVEL"] ?? "info";
  if (level === "debug") return "info";
  return level === "info" ? "warn" : level;
}

export function readPort(): number {
  const port = Number(process.env["X0T_INDEXER_PORT"] ?? "42069");
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new X0tError("X0T_CONFIG", "environment: X0T_INDEXER_PORT: must be a port between 1 and 65535.");
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof X0tError)) return 1;
  return error.retryable ? EXIT_RETRY : EXIT_CONFIG;
}
