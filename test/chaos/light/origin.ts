/** `node origin.ts <host> <port>`: sends each connection the content that it asks for, evenly at the rate that it asks for. */
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { createContent } from "./content.ts";
import { decodeRequest, REQUEST_BYTES } from "./request.ts";

const CHUNK_BYTES = 64 << 10;
const TICK_MS = 1;

const [host, port] = process.argv.slice(2);
const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => undefined);
  let head = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    if (head.length >= REQUEST_BYTES) return;
    head = Buffer.concat([head, chunk]);
    if (head.length >= REQUEST_BYTES) serve(socket, head);
  });
});

function serve(socket: Socket, head: Buffer): void {
  const { bytes, bytesPerSecond, seed } = decodeRequest(head);
  const next = createContent(seed);
  const startedMs = performance.now();
  let sent = 0;
  let full = false;
  const send = () => {
    const dueBytes = bytesPerSecond === 0 ? bytes : Math.min(bytes, Math.floor(((performance.now() - startedMs) * bytesPerSecond) / 1_000));
    while (!full && sent < dueBytes) {
      const chunk = next(Math.min(CHUNK_BYTES, dueBytes - sent));
      sent += chunk.length;
      full = !socket.write(chunk);
    }
    if (sent < bytes) return;
    clearInterval(timer);
    socket.end();
  };
  const timer = setInterval(send, TICK_MS);
  socket.on("drain", () => {
    full = false;
    send();
  });
  socket.once("close", () => clearInterval(timer));
  send();
}

process.once("disconnect", () => process.exit(0));
server.listen(Number(port), host);
await once(server, "listening");
process.send?.({ type: "ready" });
