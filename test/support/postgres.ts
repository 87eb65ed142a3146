import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
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

export interface Postgres {
  /** Of the database "x0t", as its owner. */
  url: string;
  /** Of another database of this server, made now. */
  createDatabase(name: string): Promise<string>;
  /** SIGTERM lets clients finish, SIGINT breaks them off, SIGKILL is a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The newest PostgreSQL of this machine, 15 or later: the folder of its programs. @returns undefined if there is none */
export async function findPostgres(): Promise<string | undefined> {
  const versions = (await readdir(DEBIAN).catch(() => [])).map(Number).filter((version) => version >= 15);
  return versions.length === 0 ? undefined : join(DEBIAN, String(Math.max(...versions)), "bin");
}

/** A PostgreSQL of its own in the temporary directory, on 127.0.0.1 and a free port, with default settings but for `settings`. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const programs = await findPostgres();
  if (programs === undefined) throw new Error("There is no PostgreSQL 15 or later: apt-get install postgresql");
  const root = await mkdtemp(join(tmpdir(), "x0t-postgres-"));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (user.uid !== undefined) await chown(root, user.uid, user.gid);
  const data = join(root, "data");
  const options = { ...user, cwd: root, env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8" } };
  await run(join(programs, "initdb"), ["-D", data, "-U", "x0t", "-A", "trust", "-E", "UTF8", "--no-sync"], options);
  const port = await freePort();
  const args = { listen_addresses: "127.0.0.1", unix_socket_directories: root, ...settings };
  const flags = Object.entries(args).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...flags], { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  server.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)));
  const stop = async (signal: NodeJS.Signals = "SIGINT") => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill(signal);
      await once(server, "exit");
    }
    await rm(root, { recursive: true, force: true });
  };
  const sql = (statement: string) => run(join(programs, "psql"), ["-h", "127.0.0.1", "-p", String(port), "-U", "x0t", "-d", "postgres", "-qc", statement], options);
  const createDatabase = async (name: string) => {
    await sql(`CREATE DATABASE "${name}"`);
    return `postgresql://x0t@127.0.0.1:${port}/${name}`;
  };
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      return { url: await createDatabase("x0t"), createDatabase, stop };
    } catch (cause) {
      if (server.exitCode !== null || performance.now() > deadline) {
        await stop("SIGKILL");
        throw new Error(`PostgreSQL did not start: ${log}`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocal(server);
  server.close();
  await once(server, "close");
  return port;
}
