import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";

/** Executes a statement in the indexer's own schema. */
export type Sql = (statement: string) => Promise<unknown>;

interface Session {
  connect(): Promise<void>;
  query(statement: string): Promise<{ rows: { name: string }[] }>;
  end(): Promise<void>;
}

const SCHEMA = "SELECT schemaname AS name FROM pg_tables WHERE tablename = '_ponder_meta'";

/** Opens the tables that an indexer made: PGlite's in its folder, while no process uses it, or PostgreSQL's. */
export async function withTables(database: { url: string } | { dir: string }, work: (sql: Sql) => Promise<void>): Promise<void> {
  if ("dir" in database) {
    const folder = (await readdir(database.dir)).find((name) => name.startsWith("chain-")) ?? "";
    const pglite = await PGlite.create(join(database.dir, folder));
    try {
      const { rows } = await pglite.query<{ name: string }>(SCHEMA);
      await pglite.exec(`SET search_path TO "${rows[0]?.name}"`);
      await work((statement) => pglite.exec(statement));
    } finally {
      await pglite.close();
    }
    return;
  }
  // Ponder brings the driver.
  const { Client } = createRequire(import.meta.url)("pg") as { Client: new (options: { connectionString: string }) => Session };
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query(SCHEMA);
    await client.query(`SET search_path TO "${rows[0]?.name}"`);
    await work((statement) => client.query(statement));
  } finally {
    await client.end();
  }
}
