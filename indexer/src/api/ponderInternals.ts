import { createRequire, findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import type * as GraphqlJs from "graphql";
import type { GraphQLSchema } from "graphql";

/** What Ponder's own middleware gives its resolvers. */
interface PonderGraphql {
  buildGraphQLSchema(parts: { schema: unknown }): GraphQLSchema;
  buildDataLoaderCache(qb: unknown): unknown;
}

/** Ponder's database as it stands in its process; over PGlite all of them share one session. */
interface PonderDatabase {
  driver: { dialect: "pglite"; instance: Session } | { dialect: "postgres"; readonly: Session & { on(event: "connect", listener: (client: Session) => void): void } };
  readonlyQB: { raw: { execute(statement: unknown): Promise<{ rows: Record<string, unknown>[] }> } };
}

interface Session {
  query(...args: unknown[]): Promise<unknown>;
}

declare global {
  var PONDER_DATABASE: PonderDatabase;
}

const packageJson = findPackageJSON("ponder", import.meta.url);
if (packageJson === undefined) throw new Error("ponder is not installed");

/** A package as Ponder finds it. */
export const requireOfPonder = createRequire(packageJson);

/** Ponder's own copy: a schema made by one copy of this library is refused by another. */
export const graphqlJs = requireOfPonder("graphql") as typeof GraphqlJs;

/**
 * Ponder's makers of the GraphQL schema. Its middleware around them parses and checks each query anew and knows no price of
 * a query; the package exports nothing below it, so that this reaches in, for the one version that package.json pins.
 * By `require`, for Ponder runs this file through Vite, whose imports would be copies.
 */
export const ponderGraphql = requireOfPonder(join(dirname(packageJson), "dist/esm/graphql/index.js")) as PonderGraphql;
