import { bytesToHex, hexToBytes, type Hex } from "viem";
import { X0tError } from "../../core/x0tError.ts";

/** What a pair says about money (NET-17, NET-18); the same bytes on the control link and on account tunnels. */
export type PayMessage =
  /** Payer: a new voucher, wei over the channel's whole life. */
  | { type: "PAY"; channel: Hex; cumulative: bigint; signature: Hex }
  /** Payee: the highest voucher that it holds for a channel; cumulative 0 if none. */
  | { type: "LAST"; channel: Hex; cumulative: bigint; signature: Hex }
  /** Payer: asks for LAST and COUNT; `units` is what its own meter shows, so that a payee that crashed catches up. */
  | { type: "LAST_REQUEST"; channel: Hex; units: bigint }
  /** Payee, each second: units of its meter (NET-19). */
  | { type: "COUNT"; units: bigint }
  /** Payee: why it does not credit. */
  | { type: "STOP"; code: StopCode };

/** 1 no such open channel to this relay, 2 the deposit is spent, 3 a false voucher, 4 the channel is closing, 5 too many accounts. */
export type StopCode = 1 | 2 | 3 | 4 | 5;
export const STOP_UNKNOWN_CHANNEL = 1;
export const STOP_EXHAUSTED = 2;
export const STOP_BAD_VOUCHER = 3;
export const STOP_CLOSING = 4;
export const STOP_FULL = 5;

const TYPES = { PAY: 1, COUNT: 2, LAST: 3, STOP: 4, LAST_REQUEST: 5 } as const;
/** Payments take the message types 1 to 15; account tunnels use the rest. */
export const LAST_PAY_TYPE = 15;
const NO_SIGNATURE: Hex = `0x${"00".repeat(65)}`;

/** Which half of a pair a message is for: a relay pair pays both ways over one link. */
export function recipientOf(message: PayMessage): "payer" | "payee" {
  return message.type === "PAY" || message.type === "LAST_REQUEST" ? "payee" : "payer";
}

/** LAST of a channel whose payee holds no voucher. */
export function noVoucher(channel: Hex): PayMessage {
  return { type: "LAST", channel, cumulative: 0n, signature: NO_SIGNATURE };
}

export function encodePayMessage(message: PayMessage): { type: number; payload: Uint8Array } {
  return { type: TYPES[message.type], payload: payloadOf(message) };
}

function payloadOf(message: PayMessage): Uint8Array {
  switch (message.type) {
    case "PAY":
    case "LAST":
      return Buffer.concat([
        hexToBytes(message.channel, { size: 32 }),
        uintBytes(message.cumulative, 32),
        hexToBytes(message.signature, { size: 65 }),
      ]);
    case "LAST_REQUEST":
      return Buffer.concat([hexToBytes(message.channel, { size: 32 }), uintBytes(message.units, 8)]);
    case "COUNT":
      return uintBytes(message.units, 8);
    case "STOP":
      return Uint8Array.of(message.code);
  }
}

/** @throws X0T_BAD_PAY_MESSAGE for an unknown type or a wrong length. */
export function decodePayMessage(type: number, payload: Uint8Array): PayMessage {
  switch (type) {
    case TYPES.PAY:
    case TYPES.LAST: {
      expectLength(payload, 129);
      return {
        type: type === TYPES.PAY ? "PAY" : "LAST",
        channel: bytesToHex(payload.subarray(0, 32)),
        cumulative: uintOf(payload.subarray(32, 64)),
        signature: bytesToHex(payload.subarray(64)),
      };
    }
    case TYPES.LAST_REQUEST:
      expectLength(payload, 40);
      return { type: "LAST_REQUEST", channel: bytesToHex(payload.subarray(0, 32)), units: uintOf(payload.subarray(32)) };
    case TYPES.COUNT:
      expectLength(payload, 8);
      return { type: "COUNT", units: uintOf(payload) };
    case TYPES.STOP: {
      expectLength(payload, 1);
      const code = payload[0] as number;
      if (code < 1 || code > 5) throw bad(`STOP code ${code}`);
      return { type: "STOP", code: code as StopCode };
    }
    default:
      throw bad(`type ${type}`);
  }
}

function expectLength(payload: Uint8Array, length: number): void {
  if (payload.length !== length) throw bad(`${payload.length} bytes instead of ${length}`);
}

function bad(reason: string): X0tError {
  return new X0tError("X0T_BAD_PAY_MESSAGE", `Payment message: ${reason}.`);
}

function uintOf(bytes: Uint8Array): bigint {
  return BigInt(bytesToHex(bytes));
}

function uintBytes(value: bigint, size: number): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(2 * size, "0")}`, { size });
}
