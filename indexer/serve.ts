import { mkdir } from "node:fs/promises";
import type { Logger } from "pino";
import { X0tError } from "../core/x0tError.ts";
import { createChainClient, readChainIdentity } from "./chainIdentity.ts";
import { readEnvironment } from "./environment.ts";
import { requireFreePort } from "./folderLock.ts";
import { openReader } from "./postgres.ts";
import { schemaName } from "./schemaName.ts";
import { EXIT_RETRY, HOST, readPort, runMain, startPonder } from "./startPonder.ts";
import { untilServing } from "./watch.ts";

const CHAIN_DEADLINE_MS = 30_000;

/** A replica: serves what main.ts of the same version writes to PostgreSQL, and writes nothing. Any number may run. */
async function main(log: Logger): Promise<void> {
  const environment = readEnvironment();
  const { databaseUrl: url, dir } = environment;
  if (url === undefined) throw new X0tError("X0T_CONFIG", "environment: DATABASE_URL: a replica reads PostgreSQL; the embedded database has one process.");
  const port = readPort();
  await requireFreePort(port, HOST);
  const client = createChainClient(environment.rpcUrl);
  const schema = await schemaName(await readChainIdentity(client, environment, AbortSignal.timeout(CHAIN_DEADLINE_MS)));
  const { lost } = await openReader({ url, schema });
  void lost.then((reason) => {
    log.error({ reason }, "stopping, so that a restart can connect again");
    process.exit(EXIT_RETRY);
  });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const origin = `http://${HOST}:${port}`;
  await startPonder("serve", dir, schema, port);
  await untilServing(origin, new AbortController().signal);
  log.info({ origin, schema }, "serving");
  process.send?.({ type: "ready", graphqlUrl: `${origin}/graphql` });
}

runMain("indexer-replica", main);
