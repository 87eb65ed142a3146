/** The frames of NET-11: type u8, length u24 ≤ 16,384, stream u32, then the fields; big-endian; offsets below 2^53. */

export const FRAME_HEADER_BYTES = 8;
export const MAX_FRAME_PAYLOAD_BYTES = 16_384;
/** Largest payload of one DATA frame, without its offset. */
export const MAX_DATA_BYTES = 16_300;
/** Header and offset in front of a DATA frame's payload. */
export const DATA_HEADER_BYTES = FRAME_HEADER_BYTES + 8;
export const MAX_DATAGRAM_BYTES = 8_192;

export const FRAME_CODES = {
  PAD: 0x00,
  HELLO: 0x01,
  JOIN: 0x02,
  READY: 0x03,
  OPEN: 0x04,
  OPENED: 0x05,
  DATA: 0x06,
  ACK: 0x07,
  FIN: 0x08,
  RESET: 0x09,
  DGRAM: 0x0a,
  PING: 0x0b,
  PONG: 0x0c,
  CACK: 0x0d,
  ROLE: 0x0e,
  GOAWAY: 0x0f,
  CLOSE: 0x10,
  EXTEND: 0x11,
  EXTENDED: 0x12,
  BIND: 0x13,
} as const;
export type FrameType = keyof typeof FRAME_CODES;

/** Address types, SOCKS5's own (RFC 1928); 7F is the echo address of NET-21. */
export const ATYP = { ipv4: 0x01, name: 0x03, ipv6: 0x04, echo: 0x7f } as const;

/** Where a stream or datagram goes; `host` is a literal, a name, or empty for the echo address. */
export interface Target {
  atyp: number;
  host: string;
  port: number;
}

/** What a path does in a session of several (NET-12). */
export const PATH_ROLES = { standby: 0, share: 1, lead: 2, duplicate: 3 } as const;

/** Why a stream ended before its FIN. */
export const RESET_CODES = { cancelled: 1, connectionLost: 2, timeout: 3, drain: 4, limit: 5, internal: 6, unsupported: 7 } as const;
/** Why a session or a circuit ends. */
export const CLOSE_CODES = { done: 0, protocol: 1, flowControl: 2, unsupported: 3, drain: 4, limit: 5, notAnExit: 6, noSession: 7 } as const;
export const GOAWAY_CODES = { drain: 1, retire: 2 } as const;
/** Answers to EXTEND. */
export const EXTENDED_CODES = { ok: 0, unpaid: 1, unknownPeer: 2, noTicket: 3, unreachable: 4, badDepth: 5, draining: 6, busy: 7 } as const;
/** Answers to OPEN: SOCKS5's replies (RFC 1928, section 6). */
export const REPLIES = {
  succeeded: 0,
  generalFailure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  connectionRefused: 5,
  timedOut: 6,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const;

/** Bytes of a frame that CACK counts and that are sent again if a path is lost (NET-10): 0 for all others. */
export function countedBytes(frame: Frame): number {
  switch (frame.type) {
    case "DATA":
      return DATA_HEADER_BYTES + frame.payload.length;
    case "OPEN":
      return FRAME_HEADER_BYTES + targetBytes(frame.target) + 4;
    case "OPENED":
      return FRAME_HEADER_BYTES + 5;
    case "FIN":
      return FRAME_HEADER_BYTES + 8;
    case "RESET":
      return FRAME_HEADER_BYTES + 2;
    case "DGRAM":
      return FRAME_HEADER_BYTES + targetBytes(frame.target) + frame.payload.length;
    default:
      return 0;
  }
}

function targetBytes({ atyp, host }: Target): number {
  return 4 + (atyp === ATYP.ipv4 ? 4 : atyp === ATYP.ipv6 ? 16 : host.length);
}

/** Stream 0 is the circuit itself. */
export type Frame =
  | { type: "PAD"; bytes: number }
  | { type: "HELLO"; version: number; sessionId: Uint8Array; key: Uint8Array }
  | { type: "JOIN"; sessionId: Uint8Array; proof: Uint8Array }
  | { type: "READY"; idleSeconds: number; streams: number; bufferBytes: number }
  | { type: "OPEN"; stream: number; target: Target; window: number }
  | { type: "OPENED"; stream: number; reply: number; window: number }
  | { type: "DATA"; stream: number; offset: number; payload: Buffer }
  | { type: "ACK"; stream: number; next: number; limit: number }
  | { type: "FIN"; stream: number; finalOffset: number }
  | { type: "RESET"; stream: number; code: number }
  | { type: "DGRAM"; stream: number; target: Target; payload: Buffer }
  | { type: "PING" | "PONG"; id: number; micros: number }
  | { type: "CACK"; received: number }
  | { type: "ROLE"; role: number }
  | { type: "GOAWAY"; code: number; ms: number }
  | { type: "CLOSE"; code: number }
  | { type: "EXTEND"; nodeId: Uint8Array; depth: number }
  | { type: "EXTENDED"; code: number }
  | { type: "BIND"; account: Uint8Array; depth: number };
