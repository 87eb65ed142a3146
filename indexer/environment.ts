import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { addressBookSchema, type AddressBook } from "../core/addressBook.ts";
import { parametersOf, type ParameterChoice, type ProtocolParameters } from "../core/parameters.ts";
import { parseStrict } from "../core/schema.ts";
import { X0tError } from "../core/x0tError.ts";

export interface IndexerEnvironment {
  rpcUrl: string;
  addressBook: AddressBook;
  parameters: ProtocolParameters;
  /** The choice as given: part of the identity of what is indexed. */
  parameterChoice: ParameterChoice;
  /** State folder; absolute. */
  dir: string;
  /** Folder of the embedded database: main.ts chooses one below `dir` for each chain. */
  databaseDir: string;
  /** PostgreSQL in place of the embedded database; holds a password. */
  databaseUrl: string | undefined;
  /** How long the index may stand still before it is no longer ready. */
  staleMs: number;
}

const parameterChoiceSchema = z.union([
  z.literal("production"),
  z.strictObject({ devnetEpochSeconds: z.number().int().positive() }),
]);

const environmentSchema = z.object({
  X0T_RPC_URL: z.url({ protocol: /^https?$/ }),
  X0T_ADDRESS_BOOK: z.string().min(1),
  X0T_PARAMETERS: z.string().min(1),
  X0T_INDEXER_DIR: z.string().startsWith("/", { message: "must be an absolute path" }),
  X0T_INDEXER_DATABASE_DIR: z.string().min(1).optional(),
  DATABASE_URL: z.string().min(1).optional(),
  X0T_DATABASE_URL_FILE: z.string().min(1).optional(),
  X0T_INDEXER_STALE_SECONDS: z.coerce.number().min(1).max(3_600).default(30),
});

/**
 * The indexer's configuration, from its environment:
 *   X0T_RPC_URL       HTTP address of the chain
 *   X0T_ADDRESS_BOOK  path of a JSON file in the shape of core/addressBook.ts
 *   X0T_PARAMETERS    JSON: "production", or {"devnetEpochSeconds": 60}
 *   X0T_INDEXER_DIR   absolute path of the state folder
 *   DATABASE_URL      optional: PostgreSQL 15 or later in place of the embedded database, as postgres://user:password@host/database;
 *                     or its file in X0T_DATABASE_URL_FILE
 *   X0T_INDEXER_STALE_SECONDS  optional, 30: how long the index may stand still before /v1/ready fails
 * @throws X0T_CONFIG, X0T_BAD_EPOCH
 */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): IndexerEnvironment {
  const values = parseStrict(environmentSchema, env, "X0T_CONFIG", "environment");
  const parameterChoice = parseStrict(
    parameterChoiceSchema,
    parseJson(values.X0T_PARAMETERS, "X0T_PARAMETERS"),
    "X0T_CONFIG",
    "X0T_PARAMETERS",
  );
  return {
    rpcUrl: values.X0T_RPC_URL,
    addressBook: readAddressBook(values.X0T_ADDRESS_BOOK),
    parameters: parametersOf(parameterChoice),
    parameterChoice,
    dir: values.X0T_INDEXER_DIR,
    databaseDir: values.X0T_INDEXER_DATABASE_DIR ?? join(values.X0T_INDEXER_DIR, "pglite"),
    databaseUrl: readDatabaseUrl(values.DATABASE_URL, values.X0T_DATABASE_URL_FILE),
    staleMs: values.X0T_INDEXER_STALE_SECONDS * 1_000,
  };
}

/** No message repeats the address: it holds a password. */
function readDatabaseUrl(value: string | undefined, file: string | undefined): string | undefined {
  if (file === undefined) return requirePostgres(value, "DATABASE_URL");
  if (value !== undefined) throw new X0tError("X0T_CONFIG", "environment: set DATABASE_URL or X0T_DATABASE_URL_FILE, not both.");
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new X0tError("X0T_CONFIG", `X0T_DATABASE_URL_FILE: ${(cause as Error).message}.`, { cause, data: { file } });
  }
  return requirePostgres(text, "X0T_DATABASE_URL_FILE");
}

function requirePostgres(url: string | undefined, what: string): string | undefined {
  if (url === undefined || /^postgres(ql)?:\/\/./.test(url)) return url;
  throw new X0tError("X0T_CONFIG", `environment: ${what}: must begin with postgres://.`);
}

function readAddressBook(file: string): AddressBook {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new X0tError("X0T_CONFIG", `X0T_ADDRESS_BOOK: ${(cause as Error).message}.`, { cause, data: { file } });
  }
  return parseStrict(addressBookSchema, parseJson(text, file), "X0T_CONFIG", file);
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new X0tError("X0T_CONFIG", `${what} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
