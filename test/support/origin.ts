import { createHash, randomBytes } from "node:crypto";
import net, { type Server, type Socket } from "node:net";
import { listenLocal } from "./sockets.ts";

/** A TCP server for tests: `serve` handles each connection; close() ends them all. */
export async function startOrigin(serve: (socket: Socket) => void): Promise<{ port: number; sockets: Set<Socket>; close(): void }> {
  const sockets = new Set<Socket>();
  const server: Server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    serve(socket);
  });
  const port = await listenLocal(server);
  return {
    port,
    sockets,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Writes `bytes` of pseudo-random data and ends. @returns the hash of what is written */
export function sendRandom(socket: Socket, bytes: number): string {
  const block = randomBytes(1 << 20);
  const hash = createHash("sha256");
  for (let left = bytes; left > 0; left -= block.length) hash.update(block.subarray(0, Math.min(left, block.length)));
  let left = bytes;
  const write = () => {
    while (left > 0) {
      const chunk = block.subarray(0, Math.min(left, block.length));
      left -= chunk.length;
      if (!socket.write(chunk)) return void socket.once("drain", write);
    }
    socket.end();
  };
  write();
  return hash.digest("hex");
}
