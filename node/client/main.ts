import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { X0tError } from "../../core/x0tError.ts";
import { readPrivateKeyFile } from "../../runtime/keystore.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { onShutdown, reportReady } from "../../runtime/shutdown.ts";
import { startClient } from "./client.ts";
import { readClientConfig } from "./config.ts";

const log = createLogger("client");

/** `node node/client/main.ts --home DIR`: the SOCKS5 client. Exits 2 on a bad argument, config or port. */
async function main(): Promise<void> {
  const home = homeOf(process.argv.slice(2));
  const config = await readClientConfig(home);
  const payerKey = await readPrivateKeyFile(config.keyFile);
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  const client = await startClient({ home, config, payerKey, version, log, registry: createMetrics() });
  onShutdown(log, () => client.close());
  log.info(client.ports, "serving SOCKS5");
  await client.ready;
  reportReady(client.ports);
}

function homeOf(args: string[]): string {
  try {
    const { values } = parseArgs({ args, options: { home: { type: "string" } } });
    if (values.home === undefined) throw new TypeError("--home is missing");
    return values.home;
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `${(cause as Error).message}. Usage: node/client/main.ts --home DIR`, { cause });
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof X0tError)) throw error;
  log.error({ code: error.code }, error.message);
  process.exit(2);
});
