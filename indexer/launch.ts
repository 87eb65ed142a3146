import { fileURLToPath } from "node:url";
import type { ParameterChoice } from "../core/parameters.ts";

export interface IndexerOptions {
  /** Port of GraphQL and the other routes on 127.0.0.1. */
  port: number;
  /** State folder, absolute; made if missing. Deleting it costs a new indexing, nothing else. */
  dir: string;
  rpcUrl: string;
  /** JSON file in the shape of core/addressBook.ts. */
  addressBookFile: string;
  parameters: ParameterChoice;
  /** A replica in place of an indexer: reads the PostgreSQL database that DATABASE_URL names. */
  replica?: boolean;
}

export interface Command {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/** As much young generation as a back-fill wants: with less a fifth of its time goes into collecting garbage. */
const MEMORY = ["--max-semi-space-size=32"];

/**
 * The command line of the indexer, for child_process.spawn. With an "ipc" channel it sends {type: "ready"} once it has
 * indexed the chain's head, and ends when the channel closes. It never reads standard input and logs JSON lines to standard error.
 *
 * Exit codes: 0 after SIGTERM or SIGINT, 2 for bad configuration or a taken port, 75 if a restart helps (the chain does
 * not answer or has left the one that was indexed; PostgreSQL does not answer), 1 for anything else.
 */
export function indexerCommand(options: IndexerOptions): Command {
  return {
    command: process.execPath,
    args: [...MEMORY, fileURLToPath(new URL(options.replica === true ? "serve.ts" : "main.ts", import.meta.url))],
    env: {
      ...process.env,
      X0T_RPC_URL: options.rpcUrl,
      X0T_ADDRESS_BOOK: options.addressBookFile,
      X0T_PARAMETERS: JSON.stringify(options.parameters),
      X0T_INDEXER_DIR: options.dir,
      X0T_INDEXER_PORT: String(options.port),
    },
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  };
}
