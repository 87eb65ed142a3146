import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import type { PublicClient } from "viem";
import type { Logger } from "pino";

const PREFIX = "chain-";
const SCHEMA_PREFIX = "x0t_";
/** Ponder takes the block this many below the head for final on chains that it does not know. */
const FINALITY_BLOCKS = 30n;

/** Schema of one version of the indexer over one chain: Ponder refuses one that another version wrote. */
export async function schemaName(chainIdentity: string): Promise<string> {
  const hash = createHash("sha256").update(chainIdentity);
  const root = fileURLToPath(new URL("..", import.meta.url));
  const files: string[] = [];
  for await (const file of glob(["indexer/**/*.ts", "core/**/*.ts"], { cwd: root })) files.push(file);
  for (const file of files.sort()) {
    if (file.startsWith("indexer/generated") || file.endsWith(".d.ts")) continue;
    hash.update(file).update(await readFile(join(root, file)));
  }
  return SCHEMA_PREFIX + hash.digest("hex").slice(0, 12);
}

/**
 * Makes the embedded database's folder below `dir` fit for Ponder to open, whatever the last run left: another chain's
 * is removed, and so is one that cannot be opened or that knows blocks which the chain no longer has. Everything in it
 * comes from the chain, so that this costs a new indexing and nothing else.
 * The caller holds the lock on `dir`.
 */
export async function prepareDatabase(options: {
  dir: string;
  chainIdentity: string;
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
  options: { schema: string; client: PublicClient; log: Logger },
): Promise<string | undefined> {
  let database: PGlite | undefined;
  try {
    database = await PGlite.create(folder);
    await dropOtherSchemas(database, options.schema);
    await tidyAfterKill(database, options);
    return await findDivergence(database, options);
  } catch (error) {
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
  if (!(await hasTable(database, schema, "_ponder_meta"))) return false;
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

async function hasTable(database: PGlite, schema: string, table: string): Promise<boolean> {
  const { rows } = await database.query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = $2", [schema, table]);
  return rows.length > 0;
}

/** Compares what the database takes for final with the chain: a chain restored from an older state has lost blocks. */
async function findDivergence(
  database: PGlite,
  { schema, client }: { schema: string; client: PublicClient },
): Promise<string | undefined> {
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const finalTimestamp = await readFinalTimestamp(database, schema);
  if (finalTimestamp !== undefined) {
    const final = await client.getBlock({ blockNumber: head > FINALITY_BLOCKS ? head - FINALITY_BLOCKS : 0n });
    if (final.timestamp < finalTimestamp) return `the chain went back to block ${head}`;
  }
  if (!(await hasTable(database, "ponder_sync", "blocks"))) return undefined;
  const { rows: blocks } = await database.query<{ number: string; hash: string }>(
    "SELECT number, hash FROM ponder_sync.blocks ORDER BY number DESC LIMIT 1",
  );
  const known = blocks[0];
  if (known === undefined) return undefined;
  const number = BigInt(known.number);
  const remote = number > head ? undefined : await client.getBlock({ blockNumber: number });
  return remote?.hash === known.hash ? undefined : `block ${number} is no longer ${known.hash}`;
}

/** Seconds since 1970. */
async function readFinalTimestamp(database: PGlite, schema: string): Promise<bigint | undefined> {
  if (!(await hasTable(database, schema, "_ponder_checkpoint"))) return undefined;
  const { rows } = await database.query<{ checkpoint: string }>(
    `SELECT finalized_checkpoint AS checkpoint FROM "${schema}"._ponder_checkpoint`,
  );
  return rows[0] === undefined ? undefined : BigInt(rows[0].checkpoint.slice(0, 10));
}
