/** One of three plain TCP pipes: the least that a relay on Node could do. */
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { answerQuestions } from "../answerQuestions.ts";

const next = Number(process.argv[2]);
const BUFFER_BYTES = 256 << 10;

const server = net.createServer({ noDelay: true, highWaterMark: BUFFER_BYTES }, (socket) => {
  const to = net.connect({ port: next, host: "127.0.0.1", noDelay: true, highWaterMark: BUFFER_BYTES } as net.NetConnectOpts);
  socket.on("error", () => to.destroy()).pipe(to);
  to.on("error", () => socket.destroy()).pipe(socket);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 });
await once(server, "listening");
answerQuestions({ port: () => (server.address() as AddressInfo).port });
