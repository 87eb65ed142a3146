import { X0tError } from "../../core/x0tError.ts";

/**
 * One message of a control protocol (NET-17): len u16, type u8, id u32, payload; big-endian.
 * `len` counts what follows it: 5 + payload. Account tunnels speak the same framing (NET-18).
 */
export interface Message {
  type: number;
  /** Pairs an answer with its request; 0 where none is expected. */
  id: number;
  payload: Uint8Array;
}

const LENGTH_BYTES = 2;
const HEAD_BYTES = 5;
/** Largest payload that the length field can carry. */
export const MAX_MESSAGE_PAYLOAD_BYTES = 0xffff - HEAD_BYTES;

/** @throws X0T_BAD_MESSAGE if a field is out of its range. */
export function encodeMessage({ type, id, payload }: Message): Uint8Array {
  const valid = Number.isInteger(type) && type >= 0 && type <= 0xff && Number.isInteger(id) && id >= 0 && id <= 0xffffffff;
  if (!valid || payload.length > MAX_MESSAGE_PAYLOAD_BYTES) {
    throw new X0tError("X0T_BAD_MESSAGE", `Message of type ${type}, id ${id}, ${payload.length} bytes is out of range.`);
  }
  const bytes = new Uint8Array(LENGTH_BYTES + HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, HEAD_BYTES + payload.length);
  view.setUint8(2, type);
  view.setUint32(3, id);
  bytes.set(payload, LENGTH_BYTES + HEAD_BYTES);
  return bytes;
}

export interface MessageDecoder {
  /** Every message that `chunk` completes. After an error the stream cannot be read further. @throws X0T_BAD_MESSAGE */
  push(chunk: Uint8Array): Message[];
  /** Bytes of a message not yet complete. */
  readonly pendingBytes: number;
}

/**
 * Holds at most one incomplete message, copied, for the caller may reuse its chunk; its pieces are joined once, so that tiny pieces cost no more than large ones.
 * @param maxPayloadBytes longer ones are an error before they are read.
 */
export function createMessageDecoder(maxPayloadBytes = MAX_MESSAGE_PAYLOAD_BYTES): MessageDecoder {
  let pieces: Uint8Array[] = [];
  let pendingBytes = 0;
  /** Bytes that let the next step succeed: the length field, then the whole message. */
  let needed = LENGTH_BYTES;
  let broken = false;
  const fail = (reason: string) => {
    broken = true;
    pieces = [];
    pendingBytes = 0;
    return new X0tError("X0T_BAD_MESSAGE", `Control message: ${reason}.`);
  };
  const lengthOf = (rest: Uint8Array): number => {
    const length = ((rest[0] as number) << 8) | (rest[1] as number);
    if (length < HEAD_BYTES) throw fail(`length ${length}, at least ${HEAD_BYTES}`);
    if (length - HEAD_BYTES > maxPayloadBytes) throw fail(`${length - HEAD_BYTES} bytes, at most ${maxPayloadBytes}`);
    return length;
  };
  return {
    push(chunk) {
      if (broken) throw fail("read on after an error");
      pendingBytes += chunk.length;
      if (pendingBytes < needed) {
        pieces.push(new Uint8Array(chunk));
        return [];
      }
      pieces.push(chunk);
      const messages: Message[] = [];
      let rest: Uint8Array = pieces.length === 1 ? chunk : Buffer.concat(pieces);
      needed = LENGTH_BYTES;
      while (rest.length >= LENGTH_BYTES) {
        const end = LENGTH_BYTES + lengthOf(rest);
        if (rest.length < end) {
          needed = end;
          break;
        }
        messages.push(parse(rest.subarray(LENGTH_BYTES, end)));
        rest = rest.subarray(end);
      }
      pieces = rest.length === 0 ? [] : [new Uint8Array(rest)];
      pendingBytes = rest.length;
      return messages;
    },
    get pendingBytes() {
      return pendingBytes;
    },
  };
}

function parse(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { type: view.getUint8(0), id: view.getUint32(1), payload: new Uint8Array(bytes.subarray(HEAD_BYTES)) };
}
