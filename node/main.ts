import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { X0tError } from "../core/x0tError.ts";
import { readKeystore, readPassphraseFile, type NodeKeys } from "../runtime/keystore.ts";
import { createLogger } from "../runtime/logger.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { onShutdown, reportReady } from "../runtime/shutdown.ts";
import { KEYSTORE_FILE, readNodeConfig, type NodeConfig } from "./config.ts";
import { createRelay } from "./relay.ts";

/** Errors that a person must mend first: a restart by itself would not help. */
const EXIT_CONFIG = 2;
/** NET-23: what circuits get to move away, within the launcher's patience. */
const DRAIN_MS = 10_000;

/** `node node/main.ts --home DIR`: one relay node. */
async function main(): Promise<void> {
  const home = homeArgument();
  const log = createLogger("node");
  const config = await readNodeConfig(home);
  const keys = await readKeys(home, config);
  const version = await readVersion();
  const stop = new AbortController();
  const relay = await createRelay({ home, config, keys, version, log, registry: createMetrics() });
  onShutdown(log, async () => {
    stop.abort(new X0tError("X0T_STOPPING", "This node is stopping.", { retryable: true }));
    await relay.drain(AbortSignal.timeout(DRAIN_MS));
    await relay.close();
  });
  try {
    await relay.start(stop.signal);
  } catch (error) {
    // Stopped while it was starting: onShutdown ends the process.
    if (stop.signal.aborted) return;
    throw error;
  }
  reportReady({ nodeId: config.nodeId, registered: relay.registered(), ...relay.ports() });
  log.info({ nodeId: config.nodeId, registered: relay.registered() }, "ready");
}

function homeArgument(): string {
  try {
    const { values } = parseArgs({ options: { home: { type: "string" } } });
    if (values.home !== undefined && values.home !== "") return values.home;
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `${(cause as Error).message} Usage: node node/main.ts --home DIR`, { cause });
  }
  throw new X0tError("X0T_USAGE", "Usage: node node/main.ts --home DIR");
}

async function readKeys(home: string, config: NodeConfig): Promise<NodeKeys> {
  const keys = await readKeystore(join(home, KEYSTORE_FILE), await readPassphraseFile(config.passphraseFile));
  if (keys.nodeId === config.nodeId) return keys;
  throw new X0tError("X0T_WRONG_KEYSTORE", `${home}: config.json names node ${config.nodeId}, its keystore is of ${keys.nodeId}. Put the right keystore back.`);
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}

main().catch((error: unknown) => {
  const known = error instanceof X0tError;
  process.stderr.write(known ? `${error.code}: ${error.message}\n` : `${(error as Error).stack ?? String(error)}\n`);
  process.exit(known ? EXIT_CONFIG : 1);
});
