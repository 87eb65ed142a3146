import type { Socket } from "node:net";
import { decodePreface, PREFACE_BYTES, type Preface } from "./preface.ts";

const PREFACE_TIMEOUT_MS = 2_000;
const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_RECORD = 22;
/** A ClientHello of NET-4 has about 1,500 bytes. */
const MAX_HELLO_BYTES = 4_096;

/**
 * Reads exactly the preface and leaves what follows in the socket, for TLS to take over (NET-6).
 * @returns "timeout" after 2 s, undefined if it is none or the socket ended
 */
export function readPreface(socket: Socket): Promise<Preface | "timeout" | undefined> {
  return new Promise((resolve) => {
    const settle = (result: Preface | "timeout" | undefined) => {
      clearTimeout(timer);
      socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd);
      resolve(result);
    };
    const onReadable = () => {
      const bytes = socket.read(PREFACE_BYTES) as Buffer | null;
      // At the end of the stream read() gives what there is, however short.
      if (bytes !== null) settle(decodePreface(bytes));
    };
    const onEnd = () => settle(undefined);
    const timer = setTimeout(() => settle("timeout"), PREFACE_TIMEOUT_MS);
    socket.on("readable", onReadable).once("end", onEnd).once("close", onEnd);
  });
}

/**
 * Waits until a whole ClientHello lies in the socket, and leaves it there: a connection that only holds a place costs no TLS,
 * and the handshake's costly half can be done, and measured, at one stroke (NET-6).
 * @returns false if it is none or the socket ends; whoever calls sets the deadline by closing it
 */
export function awaitHello(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0);
    const settle = (result: boolean) => {
      socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd);
      if (result) socket.unshift(held);
      resolve(result);
    };
    const onReadable = () => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      if (held[0] !== HANDSHAKE_RECORD || held.length > MAX_HELLO_BYTES) return settle(false);
      if (held.length >= RECORD_HEADER_BYTES && held.length >= RECORD_HEADER_BYTES + held.readUInt16BE(3)) settle(true);
    };
    const onEnd = () => settle(false);
    socket.on("readable", onReadable).once("end", onEnd).once("close", onEnd);
    if (socket.destroyed || socket.readableEnded) onEnd();
    else onReadable();
  });
}
