import { X0tError } from "../../core/x0tError.ts";

/** Every connection to a relay port begins with it (NET-6): version u8 1, kind u8, u16 0, minute u32, value 16. */
export const PREFACE_BYTES = 24;
export const PREFACE_VALUE_BYTES = 16;
export const PREFACE_KINDS = { ticket: 1, token: 2, work: 3, dialback: 4 } as const;
const VERSION = 1;

export interface Preface {
  kind: number;
  /** Unix minute; only work is bound to it. */
  minute: number;
  value: Uint8Array;
}

export function minuteOf(ms: number): number {
  return Math.floor(ms / 60_000);
}

/** @throws X0T_BAD_PREFACE if the value has not 16 bytes */
export function encodePreface(preface: Preface): Buffer {
  if (preface.value.length !== PREFACE_VALUE_BYTES) {
    throw new X0tError("X0T_BAD_PREFACE", `A ticket, token or work value has 16 bytes, not ${preface.value.length}.`);
  }
  const bytes = Buffer.alloc(PREFACE_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(preface.kind, 1);
  bytes.writeUInt32BE(preface.minute, 4);
  bytes.set(preface.value, 8);
  return bytes;
}

/** Undefined for anything that is not exactly a preface of version 1. */
export function decodePreface(bytes: Buffer): Preface | undefined {
  if (bytes.length !== PREFACE_BYTES || bytes.readUInt8(0) !== VERSION || bytes.readUInt16BE(2) !== 0) return undefined;
  const kind = bytes.readUInt8(1);
  if (kind < PREFACE_KINDS.ticket || kind > PREFACE_KINDS.dialback) return undefined;
  return { kind, minute: bytes.readUInt32BE(4), value: new Uint8Array(bytes.subarray(8)) };
}
