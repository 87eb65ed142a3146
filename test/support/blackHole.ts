import { spawn } from "node:child_process";
import { once } from "node:events";
import net, { type Socket } from "node:net";

const LISTEN_AND_HANG = `const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () =>
  require("node:fs").writeSync(1, String(server.address().port) + "\\n") && Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));`;

/** A port on 127.0.0.1 that leaves connections unanswered: a process that listens and does not run, its queue full. */
export async function startBlackHole(): Promise<{ port: number; close(): void }> {
  const child = spawn(process.execPath, ["-e", LISTEN_AND_HANG], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(line.toString());
  const fillers: Socket[] = [];
  const close = () => {
    for (const socket of fillers) socket.destroy();
    child.kill("SIGKILL");
  };
  for (let i = 0; i < 16; i++) {
    const socket = net.connect({ port, host: "127.0.0.1" }).on("error", () => undefined);
    fillers.push(socket);
    const answered = await Promise.race([once(socket, "connect").then(() => true), new Promise((resolve) => setTimeout(resolve, 200, false))]);
    if (answered === false) return { port, close };
  }
  close();
  throw new Error("the queue never filled");
}
