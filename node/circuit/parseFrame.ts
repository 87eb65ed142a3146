import { X0tError } from "../../core/x0tError.ts";
import { ATYP, FRAME_CODES, FRAME_HEADER_BYTES, MAX_DATA_BYTES, MAX_DATAGRAM_BYTES, MAX_FRAME_PAYLOAD_BYTES, type Frame, type FrameType, type Target } from "./frames.ts";
import { ipFromBytes } from "./ipBytes.ts";

const TYPES = new Map<number, FrameType>(Object.entries(FRAME_CODES).map(([type, code]) => [code, type as FrameType]));

/** Exact payload lengths; the others have a range, checked where they are read. */
const LENGTHS: Partial<Record<FrameType, number>> = {
  HELLO: 49,
  JOIN: 48,
  READY: 8,
  OPENED: 5,
  ACK: 16,
  FIN: 8,
  RESET: 2,
  PING: 12,
  PONG: 12,
  CACK: 8,
  ROLE: 1,
  GOAWAY: 6,
  CLOSE: 2,
  EXTEND: 33,
  EXTENDED: 1,
  BIND: 17,
};
const OF_A_STREAM: readonly FrameType[] = ["OPEN", "OPENED", "DATA", "ACK", "FIN", "RESET", "DGRAM"];
const STREAM_CODES = new Set<number>(OF_A_STREAM.map((type) => FRAME_CODES[type]));

export interface FrameParser {
  /**
   * Calls `onFrame` for every frame that `chunk` completes; false stops it.
   * Payloads may share memory with `chunk`. @throws X0T_BAD_FRAME; the parser is of no use after that
   */
  push(chunk: Buffer, onFrame: (frame: Frame) => boolean | undefined): void;
  /** What followed the frame that stopped `push`, taken out: for the next reader of the tunnel. */
  rest(): Buffer;
}

/** Holds at most one incomplete frame (16,392 bytes), or what came after the frame that stopped it. */
export function createFrameParser(): FrameParser {
  /** The start of a frame, in a buffer of exactly the bytes it needs to go on: its header, then all of it. */
  let partial = Buffer.alloc(0);
  let filled = 0;
  let unread = EMPTY;

  /** Adds to the incomplete frame; returns how much of `chunk` it took. */
  const fill = (chunk: Buffer): number => {
    const taken = Math.min(partial.length - filled, chunk.length);
    chunk.copy(partial, filled, 0, taken);
    filled += taken;
    if (filled < FRAME_HEADER_BYTES || filled < partial.length) return taken;
    const total = frameBytes(partial, 0);
    if (total === filled) return taken;
    const whole = Buffer.allocUnsafe(total);
    partial.copy(whole, 0, 0, filled);
    partial = whole;
    return taken + fill(chunk.subarray(taken));
  };

  return {
    push(chunk, onFrame) {
      let at = 0;
      if (filled > 0) {
        at = fill(chunk);
        if (filled < partial.length) return;
        const frame = parseFrame(partial, 0, filled);
        filled = 0;
        if (onFrame(frame) === false) {
          unread = Buffer.from(chunk.subarray(at));
          return;
        }
      }
      while (chunk.length - at >= FRAME_HEADER_BYTES) {
        const end = at + frameBytes(chunk, at);
        if (end > chunk.length) break;
        const frame = parseFrame(chunk, at, end);
        at = end;
        if (onFrame(frame) === false) {
          unread = Buffer.from(chunk.subarray(at));
          return;
        }
      }
      if (at === chunk.length) return;
      partial = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
      fill(chunk.subarray(at));
    },
    rest() {
      const rest = unread;
      unread = EMPTY;
      return rest;
    },
  };
}

const EMPTY: Buffer = Buffer.alloc(0);

/** Length of the frame whose header stands at `at`, checked before its payload is waited for. */
function frameBytes(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at + 1, 3);
  if (length > MAX_FRAME_PAYLOAD_BYTES) throw bad(`payload of ${length} bytes`);
  return FRAME_HEADER_BYTES + length;
}

function parseFrame(bytes: Buffer, start: number, end: number): Frame {
  const code = bytes.readUInt8(start);
  const stream = bytes.readUInt32BE(start + 4);
  const at = start + FRAME_HEADER_BYTES;
  if (code === FRAME_CODES.DATA) {
    if (stream === 0 || end - at < 8 || end - at > 8 + MAX_DATA_BYTES) throw bad("DATA out of its bounds");
    return { type: "DATA", stream, offset: u64(bytes, at), payload: bytes.subarray(at + 8, end) };
  }
  const type = TYPES.get(code);
  if (type === undefined) throw bad(`type ${code}`);
  if (STREAM_CODES.has(code) !== (stream !== 0)) throw bad(`${type} on stream ${stream}`);
  const length = LENGTHS[type];
  if (length !== undefined && end - at !== length) throw bad(`${type} of ${end - at} bytes`);
  return parseFields(type, stream, bytes.subarray(at, end));
}

function parseFields(type: FrameType, stream: number, bytes: Buffer): Frame {
  switch (type) {
    case "PAD":
      if (bytes.some((byte) => byte !== 0)) throw bad("PAD that is not zeros");
      return { type, bytes: bytes.length };
    case "HELLO":
      return { type, version: bytes.readUInt8(0), sessionId: copy(bytes, 1, 17), key: copy(bytes, 17, 49) };
    case "JOIN":
      return { type, sessionId: copy(bytes, 0, 16), proof: copy(bytes, 16, 48) };
    case "READY":
      return { type, idleSeconds: bytes.readUInt16BE(0), streams: bytes.readUInt16BE(2), bufferBytes: bytes.readUInt32BE(4) };
    case "OPEN": {
      const { target, end } = parseTarget(bytes);
      if (bytes.length !== end + 4) throw bad("OPEN of a wrong length");
      return { type, stream, target, window: bytes.readUInt32BE(end) };
    }
    case "OPENED":
      return { type, stream, reply: bytes.readUInt8(0), window: bytes.readUInt32BE(1) };
    case "ACK":
      return { type, stream, next: u64(bytes, 0), limit: u64(bytes, 8) };
    case "FIN":
      return { type, stream, finalOffset: u64(bytes, 0) };
    case "RESET":
      return { type, stream, code: bytes.readUInt16BE(0) };
    case "DGRAM": {
      const { target, end } = parseTarget(bytes);
      if (bytes.length - end > MAX_DATAGRAM_BYTES) throw bad("DGRAM too long");
      return { type, stream, target, payload: bytes.subarray(end) };
    }
    case "PING":
    case "PONG":
      return { type, id: bytes.readUInt32BE(0), micros: u64(bytes, 4) };
    case "CACK":
      return { type, received: u64(bytes, 0) };
    case "ROLE":
      if (bytes.readUInt8(0) > 3) throw bad("unknown ROLE");
      return { type, role: bytes.readUInt8(0) };
    case "GOAWAY":
      return { type, code: bytes.readUInt16BE(0), ms: bytes.readUInt32BE(2) };
    case "CLOSE":
      return { type, code: bytes.readUInt16BE(0) };
    case "EXTEND":
      return { type, nodeId: copy(bytes, 0, 32), depth: bytes.readUInt8(32) };
    case "EXTENDED":
      return { type, code: bytes.readUInt8(0) };
    case "BIND":
      return { type, account: copy(bytes, 0, 16), depth: bytes.readUInt8(16) };
    case "DATA":
      throw bad("DATA"); // read by parseFrame, the data path
  }
}

function parseTarget(bytes: Buffer): { target: Target; end: number } {
  if (bytes.length < 4) throw bad("target cut short");
  const atyp = bytes.readUInt8(0);
  const length = bytes.readUInt8(1);
  const end = 2 + length + 2;
  if (bytes.length < end) throw bad("target cut short");
  const host = bytes.subarray(2, 2 + length);
  const fits =
    atyp === ATYP.ipv4 ? length === 4 : atyp === ATYP.ipv6 ? length === 16 : atyp === ATYP.echo ? length === 0 : atyp === ATYP.name && isName(host);
  if (!fits) throw bad(`target of type ${atyp} and ${length} bytes`);
  const text = atyp === ATYP.name ? host.toString("latin1") : atyp === ATYP.echo ? "" : ipFromBytes(host);
  return { target: { atyp, host: text, port: bytes.readUInt16BE(2 + length) }, end };
}

/** Visible ASCII only: no NUL, space or control character reaches a resolver. */
function isName(host: Uint8Array): boolean {
  return host.length > 0 && host.every((byte) => byte > 0x20 && byte < 0x7f);
}

function u64(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
  if (value > Number.MAX_SAFE_INTEGER) throw bad("offset of 2^53 or more");
  return value;
}

function copy(bytes: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}

function bad(reason: string): X0tError {
  return new X0tError("X0T_BAD_FRAME", `Frame: ${reason}.`);
}
