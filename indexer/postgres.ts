import { setTimeout as sleep } from "node:timers/promises";
import type { PublicClient } from "viem";
import type { Logger } from "pino";
import type { AddressBook } from "../core/addressBook.ts";
import { X0tError } from "../core/x0tError.ts";
import { findDivergence, hasTable, type Query } from "./divergence.ts";
import { READER, WRITER } from "./postgresLock.ts";
import { openSession, type Session } from "./postgresSession.ts";
import { SCHEMA_PREFIX } from "./schemaName.ts";

const CONNECT_MS = 30_000;
const POLL_MS = 100;
/** A killed indexer's lock and its last statements are gone at once, unless its machine is. */
const HANDOVER_MS = 30_000;
/** How long a replica waits for the first indexer of its version. */
const FIRST_WRITER_MS = 60_000;

export interface PostgresOptions {
  url: string;
  schema: string;
  addressBook: AddressBook;
  client: PublicClient;
  log: Logger;
}

/**
 * Makes `schema` fit for Ponder, whatever the last run left, and keeps other indexers off it. On PostgreSQL all of
 * Ponder's transactions are ones, so that only this is left to do after a kill:
 * - its last statements may still run;
 * - Ponder would wait 25 s for the lock of the killed one, which is not the one that counts;
 * - the latest checkpoint stays that of before until a block is indexed: old balances would pass for the newest.
 *
 * Ponder commits without waiting for the disk (synchronous_commit = off): a server that crashed may have lost blocks which
 * Ponder takes for indexed. So whoever gets this must end when `lost` resolves; a new start goes on from what is there.
 * @throws X0T_DATABASE_REFUSED; X0T_DATABASE_UNREACHABLE, X0T_INDEXER_RUNNING, X0T_CHAIN_UNREACHABLE (all retryable)
 */
export async function openWriter(options: PostgresOptions): Promise<{ lost: Promise<string> }> {
  const { url, schema, addressBook, log } = options;
  const session = await openSession(url, `${schema}_lock`, AbortSignal.timeout(CONNECT_MS));
  const { query } = session;
  const handover = AbortSignal.timeout(HANDOVER_MS);
  if (!(await succeeds(query, WRITER.take("$1"), schema))) {
    log.warn({ schema }, "another indexer writes this schema: waiting for its end");
    await until(() => succeeds(query, WRITER.take("$1"), schema), handover, () => {
      const message = `Another indexer writes ${schema} in this database. Stop it first; replicas are started by indexer/serve.ts.`;
      return new X0tError("X0T_INDEXER_RUNNING", message, { retryable: true, data: { schema } });
    });
  }
  await endLeftovers(query, schema, handover);
  const reason = await findDivergence(query, { ...options, chainId: addressBook.chainId });
  if (reason !== undefined) {
    log.warn({ reason }, "cannot go on from the last run: indexing again from the deployment");
    await forget(query, schema, addressBook.chainId);
  }
  await query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`, []);
  await query(`COMMENT ON SCHEMA "${schema}" IS '${labelOf(addressBook)}'`, []);
  if (await hasTable(query, schema, "_ponder_meta")) {
    await query(`UPDATE "${schema}"._ponder_meta SET value = jsonb_set(value, '{is_locked}', '0')`, []);
    await query(`UPDATE "${schema}"._ponder_checkpoint SET latest_checkpoint = safe_checkpoint`, []);
  }
  return { lost: session.lost };
}

/**
 * Waits until there is `schema`, and keeps newer versions from dropping it while this process lives.
 * @throws X0T_DATABASE_REFUSED; X0T_DATABASE_UNREACHABLE, X0T_NO_WRITER (both retryable)
 */
export async function openReader({ url, schema }: { url: string; schema: string }): Promise<{ lost: Promise<string> }> {
  const session = await openSession(url, `${schema}_reader`, AbortSignal.timeout(CONNECT_MS));
  const { query } = session;
  const hasTables = () => hasTable(query, schema, "_ponder_meta");
  await until(async () => (await hasTables()) && (await succeeds(query, READER.share("$1"), schema)) && (await hasTables()), AbortSignal.timeout(FIRST_WRITER_MS), () => {
    const message = `There is no ${schema} in the database: no indexer of this version has worked on it. Start indexer/main.ts of the same version.`;
    return new X0tError("X0T_NO_WRITER", message, { retryable: true, data: { schema } });
  });
  return { lost: session.lost };
}

/** Drops what other versions of the indexer, or of a chain that was wiped, left of this deployment and nobody uses. */
export async function dropOldSchemas({ url, schema, addressBook, log }: PostgresOptions): Promise<void> {
  const session = await openSession(url, `${schema}_drop`, AbortSignal.timeout(CONNECT_MS));
  try {
    const others = await session.query<{ name: string }>(
      "SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1) AND nspname <> $2 AND obj_description(oid, 'pg_namespace') = $3",
      [SCHEMA_PREFIX, schema, labelOf(addressBook)],
    );
    for (const { name } of others) {
      if (await dropUnused(session, name)) log.info({ dropped: name }, "dropped what another version indexed");
      else log.info({ kept: name }, "another version is still in use");
    }
  } finally {
    await session.close();
  }
}

async function dropUnused({ query }: Session, name: string): Promise<boolean> {
  // Both go with the session, whatever happens.
  if (!(await succeeds(query, WRITER.take("$1"), name)) || !(await succeeds(query, READER.take("$1"), name))) return false;
  // Ponder started by hand takes neither.
  const connected = "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, $1))";
  if (await succeeds(query, connected, name)) return false;
  await query(`DROP SCHEMA "${name}" CASCADE`, []);
  return true;
}

/** A killed indexer's statements run to their end, though they are taken back then. */
async function endLeftovers(query: Query, schema: string, signal: AbortSignal): Promise<void> {
  const end = async () => {
    const left = await query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
        AND (application_name = $1 || '_user' OR (application_name = $1 || '_internal' AND backend_xid IS NOT NULL))`,
      [schema],
    );
    return left.length === 0;
  };
  await until(end, signal, () => new X0tError("X0T_INDEXER_RUNNING", `A killed indexer's work on ${schema} does not end.`, { retryable: true, data: { schema } }));
}

/** Everything of a chain that is no more; what was fetched of it too. */
async function forget(query: Query, schema: string, chainId: number): Promise<void> {
  await query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`, []);
  const tables = await query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'ponder_sync' AND column_name = 'chain_id'",
    [],
  );
  for (const { name } of tables) await query(`DELETE FROM ponder_sync."${name}" WHERE chain_id = $1`, [chainId]);
}

/** One database may serve several deployments: each drops its own schemas only. */
function labelOf({ chainId, contracts }: AddressBook): string {
  return `x0t indexer of ${contracts.X0TToken} on chain ${chainId}`;
}

async function succeeds(query: Query, expression: string, schema: string): Promise<boolean> {
  const [row] = await query<{ holds: boolean }>(`SELECT ${expression} AS holds`, [schema]);
  return row?.holds === true;
}

async function until(holds: () => Promise<boolean>, signal: AbortSignal, late: () => X0tError): Promise<void> {
  while (!(await holds())) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => {
      throw late();
    });
  }
}
