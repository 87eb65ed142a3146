import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { PublicClient } from "viem";
import type { Logger } from "pino";
import { X0tError } from "../core/x0tError.ts";
import { findDivergence, hasTable, type Query } from "./divergence.ts";
import { SCHEMA_PREFIX } from "./schemaName.ts";

const PREFIX = "chain-";

/**
 * Makes the embedded database's folder below `dir` fit for Ponder to open, whatever the last run left: another chain's
 * is removed, and so is one that cannot be opened or that knows blocks which the chain no longer has. Everything in it
 * comes from the chain, so that this costs a new indexing and nothing else.
 * The caller holds the lock on `dir`.
 */
export async function prepareFolder(options: {
  dir: string;
  chainIdentity: string;
  chainId: number;
  schema: string;
  client: PublicClient;
  log: Logger;
}): Promise<string> {
  const { dir, chainIdentity, log } = options;
  const folder = join(dir, PREFIX + chainIdentity);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of await readdir(dir)) {
    if (!name.startsWith(PREFIX) || name === PREFIX + chainIdentity) continue;
    log.info({ removed: name }, "the chain is another one: indexing it from its deployment");
    await rm(join(dir, name), { recursive: true, force: true });
  }
  if (!existsSync(folder)) return folder;
  const reason = await inspect(folder, options);
  if (reason === undefined) return folder;
  log.warn({ reason }, "cannot go on from the last run: indexing again from the deployment");
  await rm(folder, { recursive: true, force: true });
  return folder;
}

/** @returns why the database cannot be used, or nothing. */
async function inspect(
  folder: string,
  options: { schema: string; chainId: number; client: PublicClient; log: Logger },
): Promise<string | undefined> {
  let database: PGlite | undefined;
  try {
    database = await PGlite.create(folder);
    await dropOtherSchemas(database, options.schema);
    await tidyAfterKill(database, options);
    return await findDivergence(queryOf(database), options);
  } catch (error) {
    if (error instanceof X0tError) throw error;
    return `the database does not open: ${(error as Error).message}`;
  } finally {
    await database?.close().catch(() => undefined);
  }
}

/**
 * Over PGlite none of Ponder's transactions is one: it runs their statements one by one, and a process that ends among
 * them leaves what they did so far. While it follows the chain, triggers note each old row, and the next start takes
 * all of that back to the safe checkpoint. But
 * - until it is ready there are no triggers: rows without their checkpoint, or deadlines gone without their effect,
 *   would stay. The tables go, and are computed again from the blocks and logs at hand;
 * - finality moves the safe checkpoint first and drops the notes up to it after: those still there must not be applied;
 * - we hold the folder's lock, so a Ponder that still seems to be running was killed: the next would wait 25 s for it;
 * - the latest checkpoint stays that of before until a block is indexed: old balances would pass for the newest.
 */
async function tidyAfterKill(database: PGlite, { schema, log }: { schema: string; log: Logger }): Promise<void> {
  if (!(await wasReady(database, schema))) {
    log.info({ schema }, "the last run ended before it was ready: computing the tables anew from what was fetched");
    await database.exec(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    return;
  }
  const { rows: notes } = await database.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND starts_with(tablename, '_reorg__')",
    [schema],
  );
  const safe = `(SELECT safe_checkpoint FROM "${schema}"._ponder_checkpoint)`;
  for (const { name } of notes) await database.query(`DELETE FROM "${schema}"."${name}" WHERE checkpoint <= ${safe}`);
  await database.query(`UPDATE "${schema}"._ponder_meta SET value = jsonb_set(value, '{is_locked}', '0')`);
  await database.query(`UPDATE "${schema}"._ponder_checkpoint SET latest_checkpoint = safe_checkpoint`);
}

/** Ponder says so last of all at the end of a backfill, and takes it back once it has recovered from its last end. */
async function wasReady(database: PGlite, schema: string): Promise<boolean> {
  if (!(await hasTable(queryOf(database), schema, "_ponder_meta"))) return false;
  const { rows } = await database.query(
    `SELECT 1 FROM "${schema}"._ponder_meta WHERE key = 'app' AND value->>'is_ready' = '1'`,
  );
  return rows.length > 0;
}

async function dropOtherSchemas(database: PGlite, schema: string): Promise<void> {
  const { rows } = await database.query<{ name: string }>(
    "SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1) AND nspname <> $2",
    [SCHEMA_PREFIX, schema],
  );
  for (const { name } of rows) await database.query(`DROP SCHEMA "${name}" CASCADE`);
}

function queryOf(database: PGlite): Query {
  return async <T>(text: string, parameters: unknown[]) => (await database.query<T>(text, parameters)).rows;
}
