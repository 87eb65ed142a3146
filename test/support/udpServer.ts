import dgram, { type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

/** A UDP server for tests; without `serve` it sends everything back. */
export async function startUdpServer(
  host = "127.0.0.1",
  serve: (bytes: Buffer, from: RemoteInfo, socket: Socket) => void = (bytes, from, socket) => socket.send(bytes, from.port, from.address),
  port = 0,
): Promise<{ port: number; socket: Socket; received: { bytes: Buffer; from: RemoteInfo }[]; close(): void }> {
  const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
  const received: { bytes: Buffer; from: RemoteInfo }[] = [];
  socket.on("message", (bytes, from) => {
    received.push({ bytes, from });
    serve(bytes, from, socket);
  });
  socket.bind(port, host);
  await once(socket, "listening");
  return { port: socket.address().port, socket, received, close: () => void socket.close() };
}
