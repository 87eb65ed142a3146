import { X0tError } from "../../core/x0tError.ts";
import { ATYP, DATA_HEADER_BYTES, FRAME_CODES, FRAME_HEADER_BYTES, MAX_DATA_BYTES, MAX_DATAGRAM_BYTES, MAX_FRAME_PAYLOAD_BYTES, type Frame, type FrameType, type Target } from "./frames.ts";
import { ipToBytes } from "./ipBytes.ts";

/** The frame's bytes, header included. @throws X0T_BAD_FRAME if a field is out of its range */
export function encodeFrame(frame: Frame): Buffer {
  const stream = "stream" in frame ? frame.stream : 0;
  switch (frame.type) {
    case "PAD":
      return build("PAD", 0, Buffer.alloc(inRange(frame.bytes, MAX_FRAME_PAYLOAD_BYTES)));
    case "HELLO":
      return build("HELLO", 0, u8(frame.version), fixed(frame.sessionId, 16), fixed(frame.key, 32));
    case "JOIN":
      return build("JOIN", 0, fixed(frame.sessionId, 16), fixed(frame.proof, 32));
    case "READY":
      return build("READY", 0, u16(frame.idleSeconds), u16(frame.streams), u32(frame.bufferBytes));
    case "OPEN":
      return build("OPEN", stream, encodeTarget(frame.target), u32(frame.window));
    case "OPENED":
      return build("OPENED", stream, u8(frame.reply), u32(frame.window));
    case "DATA":
      inRange(frame.payload.length, MAX_DATA_BYTES);
      return build("DATA", stream, u64(frame.offset), frame.payload);
    case "ACK":
      return build("ACK", stream, u64(frame.next), u64(frame.limit));
    case "FIN":
      return build("FIN", stream, u64(frame.finalOffset));
    case "RESET":
      return build("RESET", stream, u16(frame.code));
    case "DGRAM":
      inRange(frame.payload.length, MAX_DATAGRAM_BYTES);
      return build("DGRAM", stream, encodeTarget(frame.target), frame.payload);
    case "PING":
    case "PONG":
      return build(frame.type, 0, u32(frame.id), u64(frame.micros));
    case "CACK":
      return build("CACK", 0, u64(frame.received));
    case "ROLE":
      return build("ROLE", 0, u8(inRange(frame.role, 3)));
    case "GOAWAY":
      return build("GOAWAY", 0, u16(frame.code), u32(frame.ms));
    case "CLOSE":
      return build("CLOSE", 0, u16(frame.code));
    case "EXTEND":
      return build("EXTEND", 0, fixed(frame.nodeId, 32), u8(frame.depth));
    case "EXTENDED":
      return build("EXTENDED", 0, u8(frame.code));
    case "BIND":
      return build("BIND", 0, fixed(frame.account, 16), u8(frame.depth));
  }
}

/** Writes the 16 bytes in front of a DATA frame's payload: the data path builds many frames in one buffer. */
export function writeDataHeader(to: Buffer, at: number, stream: number, offset: number, length: number): void {
  to.writeUInt32BE(((FRAME_CODES.DATA << 24) | (length + 8)) >>> 0, at);
  to.writeUInt32BE(stream, at + 4);
  to.writeUInt32BE(Math.floor(offset / 2 ** 32), at + FRAME_HEADER_BYTES);
  to.writeUInt32BE(offset % 2 ** 32, at + DATA_HEADER_BYTES - 4);
}

function encodeTarget({ atyp, host, port }: Target): Buffer {
  const bytes = atyp === ATYP.name ? Buffer.from(host, "latin1") : atyp === ATYP.echo ? Buffer.alloc(0) : ipToBytes(host);
  const wanted = atyp === ATYP.ipv4 ? 4 : atyp === ATYP.ipv6 ? 16 : atyp === ATYP.echo ? 0 : undefined;
  if (bytes === undefined || bytes.length !== (wanted ?? bytes.length)) throw outOfRange("host");
  if (atyp === ATYP.name && (bytes.length < 1 || bytes.length > 255)) throw outOfRange("name");
  if (!Object.values<number>(ATYP).includes(atyp)) throw outOfRange("address type");
  return Buffer.concat([u8(atyp), u8(bytes.length), bytes, u16(port)]);
}

function build(type: FrameType, stream: number, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  head.writeUInt8(FRAME_CODES[type]);
  head.writeUIntBE(inRange(length, MAX_FRAME_PAYLOAD_BYTES), 1, 3);
  head.writeUInt32BE(inRange(stream, 0xffff_ffff), 4);
  return Buffer.concat([head, ...parts]);
}

function u8(value: number): Buffer {
  return Buffer.of(inRange(value, 0xff));
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(inRange(value, 0xffff));
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(inRange(value, 0xffff_ffff));
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(inRange(value, Number.MAX_SAFE_INTEGER)));
  return bytes;
}

function fixed(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw outOfRange(`field of ${length} bytes`);
  return bytes;
}

function inRange(value: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) throw outOfRange(`value of at most ${max}`);
  return value;
}

function outOfRange(what: string): X0tError {
  return new X0tError("X0T_BAD_FRAME", `Frame: a ${what} is out of range.`);
}
