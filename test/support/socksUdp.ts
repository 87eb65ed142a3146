import dgram, { type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { encodeFrame } from "../../node/circuit/encodeFrame.ts";
import { ATYP, FRAME_HEADER_BYTES, type Target } from "../../node/circuit/frames.ts";
import { ipFromBytes } from "../../node/circuit/ipBytes.ts";

export interface TestAssociation {
  control: Socket;
  socket: UdpSocket;
  /** Where the proxy wants the datagrams. */
  bound: { address: string; port: number };
  /** What came back, headers included. */
  received: Buffer[];
  close(): void;
}

/** UDP ASSOCIATE by hand. @throws with the reply code */
export async function associate(socksPort: number, options: { host?: string; credentials?: string } = {}): Promise<TestAssociation> {
  const host = options.host ?? "127.0.0.1";
  const control = net.connect({ port: socksPort, host });
  control.on("error", () => undefined);
  const read = async (bytes: number): Promise<Buffer> => {
    for (;;) {
      const chunk = control.read(bytes) as Buffer | null;
      if (chunk !== null && chunk.length === bytes) return chunk;
      if (control.destroyed || control.readableEnded) throw new Error("the proxy closed the connection");
      await Promise.race([once(control, "readable"), once(control, "close")]);
    }
  };
  const { credentials } = options;
  control.write(Buffer.of(5, 1, credentials === undefined ? 0 : 2));
  await read(2);
  if (credentials !== undefined) {
    const [user = "", password = ""] = credentials.split(":");
    control.write(Buffer.concat([Buffer.of(1, user.length), Buffer.from(user), Buffer.of(password.length), Buffer.from(password)]));
    await read(2);
  }
  control.write(Buffer.of(5, 3, 0, 1, 0, 0, 0, 0, 0, 0));
  const head = await read(4);
  if (head[1] !== 0) {
    control.destroy();
    throw new Error(`SOCKS reply ${head[1]}`);
  }
  const rest = await read(head[3] === ATYP.ipv6 ? 18 : 6);
  const bound = { address: ipFromBytes(rest.subarray(0, -2)), port: rest.readUInt16BE(rest.length - 2) };
  const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
  const received: Buffer[] = [];
  socket.on("message", (bytes) => received.push(bytes));
  socket.bind(0, host);
  await once(socket, "listening");
  control.resume();
  return {
    control,
    socket,
    bound,
    received,
    close() {
      control.destroy();
      socket.close();
    },
  };
}

/** A datagram with RFC 1928's header. */
export function datagramTo(target: Target, payload: Buffer): Buffer {
  const frame = encodeFrame({ type: "OPEN", stream: 1, target, window: 0 }).subarray(FRAME_HEADER_BYTES, -4);
  // A frame tells every host's length, SOCKS only a name's.
  const address = target.atyp === ATYP.name ? frame : Buffer.concat([frame.subarray(0, 1), frame.subarray(2)]);
  return Buffer.concat([Buffer.alloc(3), address, payload]);
}
