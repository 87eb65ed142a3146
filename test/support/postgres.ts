import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { listenLocal } from "./sockets.ts";

const run = promisify(execFile);
/** Where Debian puts the versions that it has. */
const DEBIAN = "/usr/lib/postgresql";
const START_MS = 60_000;
/** PostgreSQL refuses to run as root: then as Debian's "nobody". */
const NOBODY = 65_534;
/** The owner's: no log may hold it. */
export const PASSWORD = "correct-horse-battery-staple";

export interface Postgres {
  /** Of the database "x0t", as its owner. */
  url: string;
  /** Of another database of this server, made now. */
  createDatabase(name: string): Promise<string>;
  /** One statement in the database "x0t"; its rows as tab-separated text. */
  query(statement: string): Promise<string[][]>;
  /** Ends it as `stop` does, and starts it again on the same port with what it kept. */
  restart(signal: NodeJS.Signals): Promise<void>;
  /** SIGTERM lets clients finish, SIGINT breaks them off, SIGQUIT is a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The newest PostgreSQL of this machine, 15 or later: the folder of its programs. @returns undefined if there is none */
export function findPostgres(): string | undefined {
  const programs = (version: number) => join(DEBIAN, String(version), "bin");
  const names = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const versions = names.map(Number).filter((version) => version >= 15 && existsSync(join(programs(version), "initdb")));
  return versions.length === 0 ? undefined : programs(Math.max(...versions));
}

/** A PostgreSQL of its own in the temporary directory, on 127.0.0.1 and a free port, with default settings but for `settings`. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error("There is no PostgreSQL 15 or later: apt-get install postgresql");
  const root = await mkdtemp(join(tmpdir(), "x0t-postgres-"));
  const passwordFile = join(root, "password");
  await writeFile(passwordFile, PASSWORD);
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (user.uid !== undefined) for (const path of [root, passwordFile]) await chown(path, user.uid, user.gid);
  const data = join(root, "data");
  const options = { ...user, cwd: root, env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", PGPASSWORD: PASSWORD } };
  await run(join(programs, "initdb"), ["-D", data, "-U", "x0t", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--no-sync"], options);
  const port = await freePort();
  const args = { listen_addresses: "127.0.0.1", unix_socket_directories: root, ...settings };
  const flags = Object.entries(args).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let server: ChildProcess;
  let log = "";
  const sql = async (statement: string, database: string) => {
    const where = ["-h", "127.0.0.1", "-p", String(port), "-U", "x0t", "-d", database];
    return (await run(join(programs, "psql"), [...where, "-qAtXF", "\t", "-c", statement], options)).stdout;
  };
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill(signal);
    await once(server, "exit");
  };
  const stop = async (signal: NodeJS.Signals = "SIGINT") => {
    await end(signal);
    await rm(root, { recursive: true, force: true });
  };
  const start = async () => {
    server = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...flags], { ...options, stdio: ["ignore", "ignore", "pipe"] });
    server.stderr?.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)));
    const deadline = performance.now() + START_MS;
    for (;;) {
      try {
        await sql("SELECT 1", "postgres");
        return;
      } catch (cause) {
        if (server.exitCode !== null || performance.now() > deadline) {
          await stop("SIGKILL");
          throw new Error(`PostgreSQL did not start: ${log}`, { cause });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const createDatabase = async (name: string) => {
    await sql(`CREATE DATABASE "${name}"`, "postgres");
    return `postgresql://x0t:${PASSWORD}@127.0.0.1:${port}/${name}`;
  };
  await start();
  return {
    url: await createDatabase("x0t"),
    createDatabase,
    query: async (statement) => (await sql(statement, "x0t")).split("\n").filter((line) => line !== "").map((line) => line.split("\t")),
    async restart(signal) {
      await end(signal);
      await start();
    },
    stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  server.close();
  await once(server, "close");
  return port;
}
