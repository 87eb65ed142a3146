import { hexToBytes } from "viem";
import { nodeIdFromBytes, type NodeId } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Message } from "../link/message.ts";
import { decodePayMessage, encodePayMessage, LAST_PAY_TYPE, type PayMessage } from "../payment/payMessage.ts";
import { TOKEN_BYTES } from "./tokenIssuer.ts";

export type Wanted = "document" | "descriptor";

/** What an account tunnel carries (NET-18); docs/spec/wire-account.md is the table. */
export type AccountMessage =
  | PayMessage
  | { type: "WANT"; n: number }
  /** The account is the client's secret: 32 hex digits. */
  | { type: "TOKENS"; account: string; tokens: Uint8Array[] }
  /** `newerThan`, one a node: only descriptors with a higher counter. */
  | { type: "GET"; wanted: Wanted; nodeIds: NodeId[]; newerThan?: number[] }
  | { type: "DOC"; block: Uint8Array }
  | { type: "DESC"; block: Uint8Array }
  | { type: "END" }
  | { type: "GOAWAY"; code: number; ms: number }
  | { type: "PING" }
  | { type: "PONG" };

const TYPES = { WANT: 16, TOKENS: 17, GET: 32, DOC: 33, DESC: 34, END: 35, GOAWAY: 48, PING: 49, PONG: 50 } as const;
/** NET-17's limit for GET. */
export const MAX_GET_IDS = 64;
export const MAX_TOKENS = 16;
/** GOAWAY: the relay drains (NET-23). */
export const GOAWAY_DRAIN = 1;
const ID_BYTES = 32;
/** A NodeId and the counter of the descriptor that is known. */
const NEWER_BYTES = ID_BYTES + 8;
const GET_DOCUMENTS = 1;
const GET_DESCRIPTORS = 2;
const GET_NEWER = 3;
const ACCOUNT_BYTES = 16;

export function encodeAccountMessage(message: AccountMessage, id = 0): Message {
  switch (message.type) {
    case "WANT":
      return { type: TYPES.WANT, id, payload: Uint8Array.of(message.n) };
    case "TOKENS":
      return { type: TYPES.TOKENS, id, payload: Buffer.concat([Buffer.from(message.account, "hex"), ...message.tokens]) };
    case "GET": {
      const { newerThan } = message;
      const ids = message.nodeIds.map((nodeId, index) => {
        const bytes = Buffer.alloc(newerThan === undefined ? ID_BYTES : NEWER_BYTES, hexToBytes(nodeId));
        if (newerThan !== undefined) bytes.writeBigUInt64BE(BigInt(newerThan[index] ?? 0), ID_BYTES);
        return bytes;
      });
      const kind = message.wanted === "document" ? GET_DOCUMENTS : newerThan === undefined ? GET_DESCRIPTORS : GET_NEWER;
      return { type: TYPES.GET, id, payload: Buffer.concat([Uint8Array.of(kind), ...ids]) };
    }
    case "DOC":
    case "DESC":
      return { type: TYPES[message.type], id, payload: message.block };
    case "GOAWAY": {
      const payload = Buffer.alloc(6);
      payload.writeUInt16BE(message.code, 0);
      payload.writeUInt32BE(message.ms, 2);
      return { type: TYPES.GOAWAY, id, payload };
    }
    case "END":
    case "PING":
    case "PONG":
      return { type: TYPES[message.type], id, payload: new Uint8Array(0) };
    default:
      return { ...encodePayMessage(message), id };
  }
}

/** @throws X0T_BAD_ACCOUNT_MESSAGE, X0T_BAD_PAY_MESSAGE */
export function decodeAccountMessage({ type, payload }: Message): AccountMessage {
  if (type <= LAST_PAY_TYPE) return decodePayMessage(type, payload);
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  switch (type) {
    case TYPES.WANT:
      if (bytes.length !== 1 || bytes.readUInt8(0) > MAX_TOKENS) throw bad("WANT");
      return { type: "WANT", n: bytes.readUInt8(0) };
    case TYPES.TOKENS:
      return tokensOf(bytes);
    case TYPES.GET:
      return getOf(bytes);
    case TYPES.DOC:
      return { type: "DOC", block: payload };
    case TYPES.DESC:
      return { type: "DESC", block: payload };
    case TYPES.GOAWAY:
      if (bytes.length !== 6) throw bad("GOAWAY");
      return { type: "GOAWAY", code: bytes.readUInt16BE(0), ms: bytes.readUInt32BE(2) };
    case TYPES.END:
      return { type: "END" };
    case TYPES.PING:
      return { type: "PING" };
    case TYPES.PONG:
      return { type: "PONG" };
    default:
      throw bad(`type ${type}`);
  }
}

function tokensOf(bytes: Buffer): AccountMessage {
  const count = (bytes.length - ACCOUNT_BYTES) / TOKEN_BYTES;
  if (!Number.isInteger(count) || count < 0 || count > MAX_TOKENS) throw bad("TOKENS");
  const at = (index: number) => new Uint8Array(bytes.subarray(ACCOUNT_BYTES + index * TOKEN_BYTES, ACCOUNT_BYTES + (index + 1) * TOKEN_BYTES));
  return { type: "TOKENS", account: bytes.toString("hex", 0, ACCOUNT_BYTES), tokens: Array.from({ length: count }, (_, index) => at(index)) };
}

function getOf(bytes: Buffer): AccountMessage {
  const kind = bytes[0] ?? 0;
  const size = kind === GET_NEWER ? NEWER_BYTES : ID_BYTES;
  const count = (bytes.length - 1) / size;
  if (!Number.isInteger(count) || count > MAX_GET_IDS || kind < GET_DOCUMENTS || kind > GET_NEWER) throw bad("GET");
  const starts = Array.from({ length: count }, (_, index) => 1 + index * size);
  const nodeIds = starts.map((at) => nodeIdFromBytes(bytes.subarray(at, at + ID_BYTES)));
  if (kind !== GET_NEWER) return { type: "GET", wanted: kind === GET_DOCUMENTS ? "document" : "descriptor", nodeIds };
  return { type: "GET", wanted: "descriptor", nodeIds, newerThan: starts.map((at) => Number(bytes.readBigUInt64BE(at + ID_BYTES))) };
}

function bad(what: string): X0tError {
  return new X0tError("X0T_BAD_ACCOUNT_MESSAGE", `Account tunnel: malformed ${what}.`);
}
