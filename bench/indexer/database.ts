import { X0tError } from "../../core/x0tError.ts";
import { findPostgres, startPostgres } from "../../test/support/postgres.ts";
import { closeOnSignal } from "./closeOnSignal.ts";

export const DATABASES = ["pglite", "postgres"] as const;
export type DatabaseName = (typeof DATABASES)[number];

/** @throws X0T_USAGE, X0T_BENCH_PROGRAM */
export function parseDatabases(text: string): DatabaseName[] {
  return text.split(",").map((name) => {
    const known = DATABASES.find((database) => database === name.trim());
    if (known === undefined) throw new X0tError("X0T_USAGE", `--database: "${name}" must be pglite or postgres, or both with a comma.`);
    return known;
  });
}

/** An empty database; PGlite's is the indexer's own, and has no address. @throws X0T_BENCH_PROGRAM */
export async function startDatabase(name: DatabaseName): Promise<{ url: string | undefined; close(): Promise<void> }> {
  if (name === "pglite") return { url: undefined, close: async () => undefined };
  if ((await findPostgres()) === undefined) {
    throw new X0tError("X0T_BENCH_PROGRAM", "There is no PostgreSQL 15 or later here. Install it (apt-get install postgresql), or measure with --database pglite.");
  }
  const server = await startPostgres();
  return { url: server.url, close: closeOnSignal(() => server.stop()) };
}
