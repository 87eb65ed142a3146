import { fileURLToPath } from "node:url";
import { pino, type Logger } from "pino";
import { X0tError } from "../core/x0tError.ts";
import { createChainClient, readChainIdentity } from "./chainIdentity.ts";
import { prepareDatabase, schemaName } from "./database.ts";
import { readEnvironment } from "./environment.ts";
import { lockFolder, requireFreePort } from "./folderLock.ts";
import { redirectStandardOutput, writeStandardError } from "./standardError.ts";
import { untilDiverged, untilReady } from "./watch.ts";

const HOST = "127.0.0.1";
const CHAIN_DEADLINE_MS = 30_000;
const EXIT_CONFIG = 2;
/** sysexits' EX_TEMPFAIL, as Ponder itself ends when a restart may help. */
const EXIT_RETRY = 75;

/**
 * Runs Ponder in this process, after checks that it does not make itself. The command line amounts to
 *   ponder start --root indexer --schema x0t_<version> --port <port> --hostname 127.0.0.1 --log-format json
 * with PONDER_TELEMETRY_DISABLED=1, from the state folder as working directory (Ponder writes generated/ there).
 */
async function main(log: Logger): Promise<void> {
  const environment = readEnvironment();
  const port = readPort();
  await lockFolder(environment.dir);
  await requireFreePort(port, HOST);
  const client = createChainClient(environment.rpcUrl);
  const chainIdentity = await readChainIdentity(client, environment, AbortSignal.timeout(CHAIN_DEADLINE_MS));
  const schema = await schemaName(chainIdentity);
  if (environment.databaseUrl === undefined) {
    const folder = await prepareDatabase({ dir: environment.dir, chainIdentity, schema, client, log });
    process.env["X0T_INDEXER_DATABASE_DIR"] = folder;
  }
  const origin = `http://${HOST}:${port}`;
  await startPonder(environment.dir, schema, port);
  const forever = new AbortController().signal;
  await untilReady(origin, client, forever);
  log.info({ origin, schema }, "ready");
  process.send?.({ type: "ready", graphqlUrl: `${origin}/graphql` });
  const reason = await untilDiverged(origin, client, forever);
  log.error({ reason }, "the index left the chain: stopping, so that a restart can index again");
  process.exit(EXIT_RETRY);
}

async function startPonder(dir: string, schema: string, port: number): Promise<void> {
  process.chdir(dir);
  process.env["PONDER_TELEMETRY_DISABLED"] = "1";
  // Its port option yields to this variable.
  delete process.env["PORT"];
  redirectStandardOutput();
  const root = fileURLToPath(new URL(".", import.meta.url));
  const options = ["--root", root, "--schema", schema, "--port", String(port), "--hostname", HOST];
  const logging = ["--log-format", "json", "--log-level", ponderLogLevel()];
  process.argv = [process.execPath, "ponder", "start", ...options, ...logging];
  await import(new URL("bin/ponder.js", import.meta.resolve("ponder")).href);
}

/** Ponder tells of every block at "info": that is our "debug". */
function ponderLogLevel(): string {
  const level = process.env["X0T_LOG_LEVEL"] ?? "info";
  if (level === "debug") return "info";
  return level === "info" ? "warn" : level;
}

function readPort(): number {
  const port = Number(process.env["X0T_INDEXER_PORT"] ?? "42069");
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new X0tError("X0T_CONFIG", "environment: X0T_INDEXER_PORT: must be a port between 1 and 65535.");
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof X0tError)) return 1;
  return error.retryable ? EXIT_RETRY : EXIT_CONFIG;
}

const log = pino(
  { name: "indexer", level: process.env["X0T_LOG_LEVEL"] ?? "info", timestamp: pino.stdTimeFunctions.isoTime },
  { write: writeStandardError },
);
// A child of the launcher must not outlive it, even if the launcher is killed; Ponder closes on SIGTERM.
if (process.send !== undefined) process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
main(log).catch((error: unknown) => {
  const code = error instanceof X0tError ? error.code : undefined;
  log.error({ code, err: code === undefined ? error : undefined }, (error as Error).message);
  process.exit(exitCodeOf(error));
});
