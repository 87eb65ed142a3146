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
  options: { schema: string; client: PublicClient },
): Promise<string | undefined> {
  let database: PGlite | undefined;
  try {
    database = await PGlite.create(folder);
    await dropOtherSchemas(database, options.schema);
    if (!(await hasTable(database, options.schema, "_ponder_checkpoint"))) return undefined;
    await tidyAfterKill(database, options.schema);
    return await findDivergence(database, options);
  } catch (error) {
    return `the database does not open: ${(error as Error).message}`;
  } finally {
    await database?.close().catch(() => undefined);
  }
}

/**
 * We hold the folder's lock, so a Ponder that still seems to be running was killed: without this the next one would
 * wait 25 s for it. It begins by taking back all rows above the safe checkpoint, yet goes on telling the latest one of
 * before until it has indexed a block: balances of an old block would pass for those of the newest.
 */
async function tidyAfterKill(database: PGlite, schema: string): Promise<void> {
  await database.query(`UPDATE "${schema}"._ponder_meta SET value = jsonb_set(value, '{is_locked}', '0')`);
  await database.query(`UPDATE "${schema}"._ponder_checkpoint SET latest_checkpoint = safe_checkpoint`);
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
  const { rows: checkpoints } = await database.query<{ checkpoint: string }>(
    `SELECT finalized_checkpoint AS checkpoint FROM "${schema}"._ponder_checkpoint`,
  );
  const checkpoint = checkpoints[0]?.checkpoint;
  if (checkpoint === undefined) return undefined;
  const finalTimestamp = BigInt(checkpoint.slice(0, 10));
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const final = await client.getBlock({ blockNumber: head > FINALITY_BLOCKS ? head - FINALITY_BLOCKS : 0n });
  if (final.timestamp < finalTimestamp) return `the chain went back to block ${head}`;
  const { rows: blocks } = await database.query<{ number: string; hash: string }>(
    "SELECT number, hash FROM ponder_sync.blocks ORDER BY number DESC LIMIT 1",
  );
  const known = blocks[0];
  if (known === undefined) return undefined;
  const number = BigInt(known.number);
  const remote = number > head ? undefined : await client.getBlock({ blockNumber: number });
  return remote?.hash === known.hash ? undefined : `block ${number} is no longer ${known.hash}`;
}
