import assert from "node:assert/strict";
import { X0tError } from "../../core/x0tError.ts";
import { encodeFrame } from "../../node/circuit/encodeFrame.ts";
import type { Frame } from "../../node/circuit/frames.ts";
import { createFrameParser } from "../../node/circuit/parseFrame.ts";
import { fuzzCommand } from "./command.ts";
import { cut, mutate } from "./mutate.ts";
import type { Random } from "./random.ts";
import { randomFrame } from "./randomFrame.ts";

interface Parsed {
  /** The frames, encoded again. */
  bytes: Buffer;
  count: number;
  failed: boolean;
}

/** @throws anything but X0T_BAD_FRAME */
function parse(chunks: readonly Buffer[]): Parsed {
  const parser = createFrameParser();
  const again: Buffer[] = [];
  let failed = false;
  try {
    // Payloads may share memory with the chunk: they are encoded before the next one comes.
    for (const chunk of chunks) parser.push(chunk, (frame) => void again.push(encodeFrame(frame)));
  } catch (error) {
    if (!(error instanceof X0tError) || error.code !== "X0T_BAD_FRAME") throw error;
    failed = true;
  }
  return { bytes: Buffer.concat(again), count: again.length, failed };
}

function assertSame(a: Parsed, b: Parsed, what: string): void {
  assert.equal(a.failed, b.failed, `${what}: an error in one, none in the other`);
  assert.equal(a.count, b.count, `${what}: another number of frames`);
  assert.ok(a.bytes.equals(b.bytes), `${what}: other frames`);
}

/** Stops after a frame, as a tunnel's first reader does, and reads on with another parser. */
function stopAndGoOn(random: Random, chunks: readonly Buffer[], after: number): Parsed {
  const again: Buffer[] = [];
  let parser = createFrameParser();
  let failed = false;
  const onFrame = (frame: Frame) => again.push(encodeFrame(frame)) !== after;
  try {
    for (const chunk of chunks) {
      const before = again.length;
      parser.push(chunk, onFrame);
      if (before >= after || again.length < after) continue;
      const rest = parser.rest();
      assert.equal(parser.rest().length, 0, "rest is given once");
      parser = createFrameParser();
      if (random.oneIn(2)) parser.push(rest, onFrame);
      else for (const piece of cut(random, rest)) parser.push(piece, onFrame);
    }
  } catch (error) {
    if (!(error instanceof X0tError) || error.code !== "X0T_BAD_FRAME") throw error;
    failed = true;
  }
  return { bytes: Buffer.concat(again), count: again.length, failed };
}

/**
 * One stream of bytes: valid frames, or those mutated, or noise. However it is cut, the parser gives the same frames, fails with
 * X0T_BAD_FRAME alone, and what it lets through encodes to the very bytes that came.
 */
export function frameCase(random: Random): string {
  const frames = Array.from({ length: 1 + random.int(5) }, () => encodeFrame(randomFrame(random)));
  const valid = Buffer.concat(frames);
  const kind = random.pick(["valid", "mutated", "mutated", "mutated", "noise"]);
  const bytes = kind === "valid" ? valid : kind === "noise" ? random.bytes(1 + random.int(200)) : mutate(random, valid, frames[0] as Buffer);
  const whole = parse([bytes]);
  assert.ok(whole.bytes.equals(bytes.subarray(0, whole.bytes.length)), "it encodes to other bytes than came");
  if (kind === "valid") assert.deepEqual([whole.count, whole.failed, whole.bytes.length], [frames.length, false, valid.length]);
  assertSame(whole, parse(cut(random, bytes)), "cut");
  if (whole.count > 0 && random.oneIn(4)) assertSame(whole, stopAndGoOn(random, cut(random, bytes), 1 + random.int(whole.count)), "stopped");
  return whole.failed ? `${kind}, refused` : kind;
}

if (import.meta.main) await fuzzCommand("frames", "Frames of circuits and sessions (NET-11), valid, mutated and noise, cut at random.", frameCase);
