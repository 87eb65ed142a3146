import { Socket } from "node:net";

/** One for all sockets of the process: a reader has done with it when it returns. */
const shared = Buffer.allocUnsafeSlow(256 << 10);

/** Returns false to stop until `socket.resume()`; TLS may still bring what it has. The chunk is overwritten after the call. */
export type SharedReader = (chunk: Buffer) => boolean;

interface Internals {
  [key: symbol]: unknown;
  _handle?: { useUserBuffer?(buffer: Uint8Array): void };
}

/** Node's `onread` option keeps its two parts under these names. */
const own = Object.getOwnPropertySymbols(new Socket());
const [BUFFER, CALLBACK] = ["kBuffer", "kBufferCb"].map((name) => own.find(({ description }) => description === name));

/**
 * What Node's `onread` option does, for sockets that it does not offer it to: accepted ones and TLS over another socket.
 * Fresh memory for each read was a quarter of the CPU of a relay, most of it in garbage collection.
 * Bytes that the socket already holds must be read before. 'end' comes as ever, 'data' no more.
 * @returns false where this Node has no such thing: the caller listens to 'data'
 */
export function readShared(socket: Socket, reader: SharedReader): boolean {
  const internals = socket as unknown as Internals;
  const handle = internals._handle;
  if (BUFFER === undefined || CALLBACK === undefined || handle?.useUserBuffer === undefined || socket.readableLength > 0) return false;
  internals[BUFFER] = shared;
  internals[CALLBACK] = (bytes: number) => reader(Buffer.from(shared.buffer, shared.byteOffset, bytes));
  handle.useUserBuffer(shared);
  return true;
}
