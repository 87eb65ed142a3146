import { createHash, randomBytes, randomInt } from "node:crypto";
import { Duplex } from "node:stream";
import { X0tError } from "../../core/x0tError.ts";
import { ATYP, REPLIES, type Target } from "../circuit/frames.ts";
import type { ConnectTarget } from "./connectTarget.ts";

/** The address that every role serves at depth 0 (NET-21): whoever answers it was reached through the whole circuit. */
export const ECHO_TARGET: Target = { atyp: ATYP.echo, host: "", port: 0 };

const NONCE_BYTES = 32;
const LEAST_PAYLOAD_BYTES = 1_024;
const MOST_PAYLOAD_BYTES = 8_192;
const ANSWER_BYTES = NONCE_BYTES + 32;
/** A question that is not whole by then is given up. */
const QUESTION_TIMEOUT_MS = 10_000;

/**
 * The answering side: reads nonce 32 ‖ payload 1,024–8,192 up to the other side's end, answers nonce ‖ SHA-256(payload)
 * and ends. Anything shorter, longer or later destroys it.
 */
export function createEcho(): Duplex {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const echo = new Duplex({
    allowHalfOpen: true,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > NONCE_BYTES + MOST_PAYLOAD_BYTES) return done(badEcho(bytes));
      chunks.push(chunk);
      done();
    },
    final(done) {
      if (bytes < NONCE_BYTES + LEAST_PAYLOAD_BYTES) return done(badEcho(bytes));
      this.push(answerTo(Buffer.concat(chunks)));
      this.push(null);
      done();
    },
  });
  const timer = setTimeout(() => echo.destroy(), QUESTION_TIMEOUT_MS).unref();
  return echo.on("error", () => undefined).once("close", () => clearTimeout(timer));
}

/** Adds the echo address to what a session server connects to; without `connect` it is the only one (roles other than exit). */
export function withEcho(connect?: ConnectTarget): ConnectTarget {
  return async (target, signal) => {
    if (target.atyp === ATYP.echo) return createEcho();
    return connect === undefined ? REPLIES.notAllowed : connect(target, signal);
  };
}

/**
 * The asking side. @returns whether the answer was right
 * @throws what the stream or `signal` died of
 */
export async function askEcho(stream: Duplex, signal: AbortSignal): Promise<boolean> {
  const onAbort = () => stream.destroy(signal.reason as Error);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    const question = randomBytes(NONCE_BYTES + randomInt(LEAST_PAYLOAD_BYTES, MOST_PAYLOAD_BYTES + 1));
    stream.end(question);
    const answer: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      answer.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > ANSWER_BYTES) return false;
    }
    return Buffer.concat(answer).equals(answerTo(question));
  } finally {
    signal.removeEventListener("abort", onAbort);
    stream.destroy();
  }
}

function answerTo(question: Buffer): Buffer {
  const digest = createHash("sha256").update(question.subarray(NONCE_BYTES)).digest();
  return Buffer.concat([question.subarray(0, NONCE_BYTES), digest]);
}

function badEcho(bytes: number): X0tError {
  return new X0tError("X0T_BAD_MESSAGE", `An echo of ${bytes} bytes: ${NONCE_BYTES} and ${LEAST_PAYLOAD_BYTES} to ${MOST_PAYLOAD_BYTES} are answered.`);
}
