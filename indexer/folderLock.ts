import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { X0tError } from "../core/x0tError.ts";

/**
 * Keeps a second indexer off `dir` for the life of this process: two would ruin the embedded database. The lock is a
 * Linux abstract socket, which the kernel frees however the process ends.
 * @throws X0T_INDEXER_RUNNING
 */
export async function lockFolder(dir: string): Promise<void> {
  if (process.platform !== "linux") return;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const name = createHash("sha256").update(await realpath(dir)).digest("hex");
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0x0t-indexer-${name}`);
  try {
    await once(server, "listening");
  } catch (cause) {
    const message = `Another indexer works in ${dir}. Stop it first, or give this one a folder of its own.`;
    throw new X0tError("X0T_INDEXER_RUNNING", message, { cause, data: { dir } });
  }
  server.unref();
}

/** Ponder would silently take the next free port. @throws X0T_PORT_TAKEN */
export async function requireFreePort(port: number, host: string): Promise<void> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const message = `Port ${port} of ${host} is taken. Stop what listens there, or set X0T_INDEXER_PORT to a free one.`;
    throw new X0tError("X0T_PORT_TAKEN", message, { cause, data: { port, host } });
  }
  server.close();
  await once(server, "close");
}
