import assert from "node:assert/strict";
import { X0tError } from "../../core/x0tError.ts";
import { decodeAccountMessage, encodeAccountMessage } from "../../node/account/accountMessage.ts";
import { decodePreface, encodePreface, PREFACE_BYTES } from "../../node/circuit/preface.ts";
import { createMessageDecoder, encodeMessage, type Message } from "../../node/link/message.ts";
import { fuzzCommand } from "./command.ts";
import { cut, mutate } from "./mutate.ts";
import type { Random } from "./random.ts";

const MAX_PAYLOAD_BYTES = 16_384;
const REFUSALS = new Set(["X0T_BAD_MESSAGE", "X0T_BAD_ACCOUNT_MESSAGE", "X0T_BAD_PAY_MESSAGE"]);
/** Types of docs/spec/wire-account.md, and two that are none; the payload lengths that they have. */
const TYPES = [1, 2, 3, 4, 5, 6, 7, 16, 17, 32, 33, 34, 35, 48, 49, 50, 51, 0, 255];
const LENGTHS = [0, 1, 2, 6, 8, 16, 32, 33, 65, 48, 272, 129, 2_049];

/** True if it is a refusal of ours. @throws any other error */
function isRefusal(error: unknown): true {
  if (!(error instanceof X0tError) || !REFUSALS.has(error.code)) throw error;
  return true;
}

function decodeAll(chunks: readonly Buffer[]): { messages: Message[]; failed: boolean } {
  const decoder = createMessageDecoder(MAX_PAYLOAD_BYTES);
  const messages: Message[] = [];
  try {
    for (const chunk of chunks) {
      messages.push(...decoder.push(chunk));
      assert.ok(decoder.pendingBytes <= MAX_PAYLOAD_BYTES + 7, `${decoder.pendingBytes} bytes held`);
      // The caller may use its buffer again.
      chunk.fill(0xaa);
    }
  } catch (error) {
    isRefusal(error);
    assert.throws(() => decoder.push(Buffer.alloc(1)), "read on after an error");
    return { messages, failed: true };
  }
  return { messages, failed: false };
}

function encodeAll(messages: readonly Message[]): Buffer {
  return Buffer.concat(messages.map(encodeMessage));
}

function prefaceCase(random: Random): string {
  const valid = encodePreface({ kind: 1 + random.int(4), minute: random.int(2 ** 32), value: random.bytes(16) });
  const bytes = random.oneIn(4) ? valid : random.oneIn(2) ? mutate(random, valid, valid) : random.bytes(random.oneIn(2) ? PREFACE_BYTES : random.int(64));
  const preface = decodePreface(bytes);
  if (preface === undefined) {
    assert.ok(!bytes.equals(valid), "a valid preface is refused");
    return "preface, refused";
  }
  assert.ok(encodePreface(preface).equals(bytes), "it encodes to other bytes than came");
  return "preface";
}

/** Control-link framing (NET-17), which account tunnels share, and what these say in it (NET-18). */
function messageCase(random: Random): string {
  const sent = Array.from({ length: 1 + random.int(4) }, (): Message => {
    const length = random.oneIn(50) ? MAX_PAYLOAD_BYTES : random.oneIn(2) ? random.pick(LENGTHS) : random.int(100);
    return { type: random.pick(TYPES), id: random.int(2 ** 32), payload: random.bytes(length) };
  });
  const valid = encodeAll(sent);
  const isValid = random.oneIn(3);
  const bytes = isValid ? valid : mutate(random, valid, valid);
  const whole = decodeAll([Buffer.from(bytes)]);
  const pieces = decodeAll(cut(random, bytes));
  assert.equal(pieces.failed, whole.failed, "cut: an error in one, none in the other");
  // A chunk that holds an error gives none of its messages.
  if (!whole.failed) assert.ok(encodeAll(pieces.messages).equals(encodeAll(whole.messages)), "cut: other messages");
  if (isValid) {
    assert.equal(whole.failed, false);
    assert.ok(encodeAll(whole.messages).equals(valid), "other messages than were sent");
  }
  for (const message of pieces.messages) readAccountMessage(message);
  return whole.failed ? "messages, refused" : "messages";
}

function readAccountMessage(message: Message): void {
  let decoded;
  try {
    decoded = decodeAccountMessage(message);
  } catch (error) {
    return void isRefusal(error);
  }
  const again = encodeAccountMessage(decoded, message.id);
  assert.equal(again.type, message.type);
  // END, PING and PONG say nothing else, whatever came with them.
  if (again.payload.length > 0) assert.ok(Buffer.from(again.payload).equals(message.payload), `${decoded.type} encodes to other bytes than came`);
}

/** A connection's first bytes, or the messages of a control link or account tunnel. */
export function messageCaseOf(random: Random): string {
  return random.oneIn(3) ? prefaceCase(random) : messageCase(random);
}

if (import.meta.main) {
  await fuzzCommand("messages", "Prefaces (NET-6), control-link messages (NET-17) and account messages (NET-18), valid, mutated and cut at random.", messageCaseOf);
}
