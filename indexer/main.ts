import type { Logger } from "pino";
import { createChainClient, readChainIdentity } from "./chainIdentity.ts";
import { readEnvironment } from "./environment.ts";
import { lockFolder, requireFreePort } from "./folderLock.ts";
import { prepareFolder } from "./pglite.ts";
import { dropOldSchemas, openWriter } from "./postgres.ts";
import { schemaName } from "./schemaName.ts";
import { EXIT_RETRY, HOST, readPort, runMain, startPonder } from "./startPonder.ts";
import { untilDiverged, untilReady } from "./watch.ts";

const CHAIN_DEADLINE_MS = 30_000;

/** Indexes and serves: Ponder, after checks that it does not make itself. */
async function main(log: Logger): Promise<void> {
  const environment = readEnvironment();
  const { addressBook, databaseUrl: url } = environment;
  const port = readPort();
  await lockFolder(environment.dir);
  await requireFreePort(port, HOST);
  const client = createChainClient(environment.rpcUrl);
  const chainIdentity = await readChainIdentity(client, environment, AbortSignal.timeout(CHAIN_DEADLINE_MS));
  const schema = await schemaName(chainIdentity);
  const onPostgres = url === undefined ? undefined : { url, schema, addressBook, client, log };
  if (onPostgres !== undefined) {
    const { lost } = await openWriter(onPostgres);
    void lost.then((reason) => endForRetry(log, reason));
  } else {
    const { chainId } = addressBook;
    const folder = await prepareFolder({ dir: environment.dir, chainIdentity, chainId, schema, client, log });
    process.env["X0T_INDEXER_DATABASE_DIR"] = folder;
  }
  const origin = `http://${HOST}:${port}`;
  await startPonder("start", environment.dir, schema, port);
  const forever = new AbortController().signal;
  await untilReady(origin, client, forever);
  await keepFromNowOn();
  log.info({ origin, schema }, "ready");
  process.send?.({ type: "ready", graphqlUrl: `${origin}/graphql` });
  if (onPostgres !== undefined) {
    await dropOldSchemas(onPostgres).catch((error: Error) => log.warn({ reason: error.message }, "what other versions indexed stays in the database"));
  }
  endForRetry(log, `the index left the chain: ${await untilDiverged(origin, environment.staleMs, forever)}`);
}

/** The back-fill over PGlite runs without waiting for the disk (src/api/index.ts). What it made, and each commit from now on, survives a kill. */
async function keepFromNowOn(): Promise<void> {
  const { driver } = globalThis.PONDER_DATABASE;
  if (driver.dialect !== "pglite") return;
  for (const statement of ["SET synchronous_commit TO on", "CHECKPOINT"]) await driver.instance.query(statement);
}

/** At once, without a farewell to the database: what is under way is taken back at the next start. */
function endForRetry(log: Logger, reason: string): void {
  log.error({ reason }, "stopping, so that a restart can go on from what is sure");
  process.exit(EXIT_RETRY);
}

runMain("indexer", main);
