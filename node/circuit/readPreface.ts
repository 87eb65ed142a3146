import type { Socket } from "node:net";
import { decodePreface, PREFACE_BYTES, type Preface } from "./preface.ts";

const PREFACE_TIMEOUT_MS = 2_000;

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
