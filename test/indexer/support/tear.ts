import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";

/**
 * Runs `statements` on the tables of an indexer that does not run, as what it had done when it was killed. HEAD stands
 * for the chain's newest block. Every UPDATE and DELETE must find something to change.
 */
export async function tear(dir: string, statements: readonly string[], head: bigint): Promise<void> {
  const folder = (await readdir(dir)).find((name) => name.startsWith("chain-"));
  assert.ok(folder, "the indexer has a database");
  const database = await PGlite.create(join(dir, folder));
  try {
    const { rows } = await database.query<{ schema: string }>(
      "SELECT schemaname AS schema FROM pg_tables WHERE tablename = '_ponder_meta'",
    );
    await database.exec(`SET search_path TO "${rows[0]?.schema}"`);
    // Ponder's triggers write to it.
    await database.exec("CREATE TEMP TABLE live_query_tables (table_name TEXT PRIMARY KEY)");
    for (const statement of statements) {
      const { affectedRows } = await database.query(statement.replaceAll("HEAD", String(head)));
      if (/^(UPDATE|DELETE)/.test(statement)) assert.ok(affectedRows, statement);
    }
  } finally {
    await database.close();
  }
}
