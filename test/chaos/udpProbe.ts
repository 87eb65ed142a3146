/** `node udpProbe.ts <address>`: sends numbered, dated packets and tells which came, when: what a lab's links do is measured with it. */
import dgram from "node:dgram";
import { once } from "node:events";
import { nowMs } from "./clock.ts";

const PORT = 7_000;
const BURST_MS = 2;

/** A packet's number and how long it took, in the order in which they came. */
export type Arrivals = [number, number][];

const socket = dgram.createSocket("udp4");
let arrivals: Arrivals = [];
socket.on("message", (packet) => arrivals.push([packet.readUInt32BE(0), nowMs() - packet.readDoubleBE(4)]));
socket.bind(PORT, process.argv[2]);
await once(socket, "listening");

process.on("message", (message: { sendTo?: string; count?: number; take?: true }) => {
  if (message.take === true) {
    process.send?.({ type: "arrivals", arrivals });
    arrivals = [];
  }
  if (message.sendTo === undefined) return;
  let number = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 10 && number < (message.count ?? 0); i++) {
      const packet = Buffer.alloc(200);
      packet.writeUInt32BE(number++, 0);
      packet.writeDoubleBE(nowMs(), 4);
      socket.send(packet, PORT, message.sendTo);
    }
    if (number < (message.count ?? 0)) return;
    clearInterval(timer);
    process.send?.({ type: "sent" });
  }, BURST_MS);
});
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready" });
