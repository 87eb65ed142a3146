import type { TLSSocket } from "node:tls";
import { createMessageDecoder, encodeMessage } from "../link/message.ts";
import { decodeAccountMessage, encodeAccountMessage, type AccountMessage } from "./accountMessage.ts";

/** A reader that does not read: beyond this the tunnel ends. Holds 64 of the largest documents. */
const MAX_UNSENT_BYTES = 1 << 20;
/** Largest message that makes sense: a DID document. */
const MAX_PAYLOAD_BYTES = 16_384;

export interface AccountStream {
  /** False if the tunnel is gone or does not read. */
  send(message: AccountMessage, id?: number): boolean;
  close(): void;
}

/** Frames on an account tunnel. A malformed message or a blocked reader ends it. */
export function createAccountStream(
  tls: TLSSocket,
  onMessage: (message: AccountMessage, id: number) => void,
  onClose: () => void,
): AccountStream {
  const decoder = createMessageDecoder(MAX_PAYLOAD_BYTES);
  tls.on("data", (chunk: Buffer) => {
    try {
      for (const message of decoder.push(chunk)) {
        if (tls.destroyed) return;
        onMessage(decodeAccountMessage(message), message.id);
      }
    } catch {
      tls.destroy();
    }
  });
  // NET-5: however it ends, it is lost.
  tls.once("end", () => tls.destroy());
  tls.once("close", onClose);
  if (tls.destroyed) queueMicrotask(onClose);
  return {
    send(message, id = 0) {
      if (tls.destroyed) return false;
      if (tls.writableLength > MAX_UNSENT_BYTES) {
        tls.destroy();
        return false;
      }
      tls.write(encodeMessage(encodeAccountMessage(message, id)));
      return true;
    },
    close: () => tls.destroy(),
  };
}
