import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { X0tError } from "../core/x0tError.ts";
import type { Query } from "./divergence.ts";

const RETRY_MS = 250;
const CONNECT_MS = 5_000;
const PROBE_EVERY_MS = 5_000;
/** Longer than this process may be busy with one thing. */
const PROBE_MS = 30_000;
/** Multiranges, as Ponder uses them, came with 14; 15 is what is tested. */
const LEAST_VERSION = 150_000;
/** The first letters of SQLSTATE: the server refuses who we are, or what we ask for. */
const REFUSALS = ["28", "3D", "42"];

export interface Session {
  query: Query;
  /** Resolves with the reason once the connection is gone, and with it its locks. */
  lost: Promise<string>;
  close(): Promise<void>;
}

/**
 * One connection, watched: a server that vanished without a word is noticed within 35 s, and notices that we have.
 * Errors never hold the address, which has a password in it.
 * @throws X0T_DATABASE_REFUSED, X0T_DATABASE_UNREACHABLE (retryable)
 */
export async function openSession(url: string, applicationName: string, signal: AbortSignal): Promise<Session> {
  const client = await connect(url, applicationName, signal);
  let closing = false;
  const lost = new Promise<string>((resolve) => {
    client.on("error", (error) => resolve(`the database's connection broke: ${error?.message ?? "unknown"}`));
    client.on("end", () => resolve("the database closed the connection"));
  });
  const query: Query = async <T>(text: string, values: unknown[]) => (await client.query({ text, values })).rows as T[];
  const [version] = await query<{ number: number }>("SELECT current_setting('server_version_num')::int AS number", []);
  if (version === undefined || version.number < LEAST_VERSION) {
    await client.end();
    throw new X0tError("X0T_DATABASE_REFUSED", "The database is older than PostgreSQL 15: upgrade it, or unset DATABASE_URL.");
  }
  await query("SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)", []);
  const silent = new Promise<string>((resolve) => {
    const probe = async () => {
      await sleep(PROBE_EVERY_MS, undefined, { ref: false });
      if (closing) return;
      await client.query({ text: "SELECT 1", query_timeout: PROBE_MS }).then(probe, (error: Error) => resolve(`the database is silent: ${error.message}`));
    };
    void probe();
  });
  return {
    query,
    lost: Promise.race([lost, silent]),
    async close() {
      closing = true;
      await client.end();
    },
  };
}

async function connect(connectionString: string, applicationName: string, signal: AbortSignal): Promise<Client> {
  for (;;) {
    const client = new Client({ connectionString, application_name: applicationName, connectionTimeoutMillis: CONNECT_MS, keepAlive: true });
    // What comes after connect() has failed would otherwise end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (cause) {
      const { code = "", message } = cause as { code?: string; message: string };
      void client.end().catch(() => undefined);
      if (REFUSALS.some((refusal) => code.startsWith(refusal))) throw new X0tError("X0T_DATABASE_REFUSED", `PostgreSQL refuses: ${message}.`, { cause });
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {
        throw new X0tError("X0T_DATABASE_UNREACHABLE", `PostgreSQL does not answer: ${message === "" ? code : message}.`, { retryable: true, cause });
      });
    }
  }
}
