import { ATYP, MAX_DATA_BYTES, MAX_DATAGRAM_BYTES, MAX_FRAME_PAYLOAD_BYTES, FRAME_CODES, type Frame, type FrameType, type Target } from "../../node/circuit/frames.ts";
import { ipFromBytes } from "../../node/circuit/ipBytes.ts";
import type { Random } from "./random.ts";

const TYPES = Object.keys(FRAME_CODES) as FrameType[];
const OFFSETS = [0, 1, 255, 65_535, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER];

/** A field's value: small, at an edge, or anything. */
function upTo(random: Random, max: number): number {
  return random.pick([0, 1, Math.min(max, random.int(300)), max, max - 1, Math.floor(random.int(2 ** 32) * (max / 2 ** 32))]);
}

function offset(random: Random): number {
  return random.oneIn(2) ? random.pick(OFFSETS) : random.int(2 ** 32);
}

export function randomTarget(random: Random): Target {
  const port = upTo(random, 65_535);
  switch (random.int(4)) {
    case 0:
      return { atyp: ATYP.ipv4, host: ipFromBytes(random.bytes(4)), port };
    case 1:
      return { atyp: ATYP.ipv6, host: ipFromBytes(random.bytes(16)), port };
    case 2:
      return { atyp: ATYP.echo, host: "", port };
    default: {
      const letters = Array.from({ length: random.pick([1, 12, 255]) }, () => 0x21 + random.int(0x5e));
      return { atyp: ATYP.name, host: String.fromCharCode(...letters), port };
    }
  }
}

/** Mostly short: a long payload is a slow case, not a better one. */
function payload(random: Random, max: number): Buffer {
  return random.bytes(random.oneIn(20) ? random.pick([max, max - 1, random.int(max)]) : random.int(40));
}

/** Any frame that NET-11 allows. */
export function randomFrame(random: Random, type: FrameType = random.pick(TYPES)): Frame {
  const stream = 1 + upTo(random, 0xffff_fffe);
  switch (type) {
    case "PAD":
      return { type, bytes: random.oneIn(20) ? MAX_FRAME_PAYLOAD_BYTES : random.int(64) };
    case "HELLO":
      return { type, version: upTo(random, 255), sessionId: random.bytes(16), key: random.bytes(32) };
    case "JOIN":
      return { type, sessionId: random.bytes(16), proof: random.bytes(32) };
    case "READY":
      return { type, idleSeconds: upTo(random, 65_535), streams: upTo(random, 65_535), bufferBytes: upTo(random, 0xffff_ffff) };
    case "OPEN":
      return { type, stream, target: randomTarget(random), window: upTo(random, 0xffff_ffff) };
    case "OPENED":
      return { type, stream, reply: upTo(random, 255), window: upTo(random, 0xffff_ffff) };
    case "DATA":
      return { type, stream, offset: offset(random), payload: payload(random, MAX_DATA_BYTES) };
    case "ACK":
      return { type, stream, next: offset(random), limit: offset(random) };
    case "FIN":
      return { type, stream, finalOffset: offset(random) };
    case "RESET":
      return { type, stream, code: upTo(random, 65_535) };
    case "DGRAM":
      return { type, stream, target: randomTarget(random), payload: payload(random, MAX_DATAGRAM_BYTES) };
    case "PING":
    case "PONG":
      return { type, id: upTo(random, 0xffff_ffff), micros: offset(random) };
    case "CACK":
      return { type, received: offset(random) };
    case "ROLE":
      return { type, role: random.int(4) };
    case "GOAWAY":
      return { type, code: upTo(random, 65_535), ms: upTo(random, 0xffff_ffff) };
    case "CLOSE":
      return { type, code: upTo(random, 65_535) };
    case "EXTEND":
      return { type, nodeId: random.bytes(32), depth: upTo(random, 255) };
    case "EXTENDED":
      return { type, code: upTo(random, 255) };
    case "BIND":
      return { type, account: random.bytes(16), depth: upTo(random, 255) };
  }
}
