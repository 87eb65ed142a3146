import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { X0tError } from "../../../core/x0tError.ts";
import { encodeFrame, writeDataHeader } from "../../../node/circuit/encodeFrame.ts";
import { DATA_HEADER_BYTES, FRAME_CODES, MAX_DATA_BYTES, type Frame } from "../../../node/circuit/frames.ts";
import { createFrameParser } from "../../../node/circuit/parseFrame.ts";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/frames.json", import.meta.url), "utf8"), (_key, value) =>
  typeof value === "object" && value !== null && typeof value.hex === "string" && value.frame === undefined ? Buffer.from(value.hex, "hex") : value,
) as { frame: Frame; hex: string }[];

const badFrame = (error: unknown) => error instanceof X0tError && error.code === "X0T_BAD_FRAME";

function parseAll(chunks: Buffer[]): Frame[] {
  const parser = createFrameParser();
  const frames: Frame[] = [];
  for (const chunk of chunks) parser.push(chunk, (frame) => void frames.push(frame));
  return frames;
}

/** Buffers and byte arrays of equal content are equal. */
function plain(frame: Frame): unknown {
  return JSON.parse(JSON.stringify(frame, (_key, value) => (value?.type === "Buffer" ? { hex: Buffer.from(value.data).toString("hex") } : value instanceof Uint8Array ? { hex: Buffer.from(value).toString("hex") } : value)));
}

describe("node/circuit frames (NET-11)", () => {
  it("has a vector for every type", () => {
    assert.deepEqual(new Set(vectors.map(({ frame }) => frame.type)), new Set(Object.keys(FRAME_CODES)));
  });

  for (const { frame, hex } of vectors) {
    it(`NET-11 vector ${frame.type} ${hex.slice(0, 24)}`, () => {
      assert.equal(encodeFrame(frame).toString("hex"), hex);
      const [parsed, ...more] = parseAll([Buffer.from(hex, "hex")]);
      assert.equal(more.length, 0);
      assert.deepEqual(plain(parsed as Frame), plain(frame));
    });

    it(`NET-11 refuses a ${frame.type} whose payload is cut or too long (${hex.length / 2} bytes)`, () => {
      const bytes = Buffer.from(hex, "hex");
      const payload = bytes.length - 8;
      const exact = !["PAD", "DATA", "DGRAM"].includes(frame.type);
      for (const length of [payload - 1, payload + 1]) {
        if (length < 0) continue;
        const changed = Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(length)]);
        bytes.copy(changed, 8, 8, 8 + Math.min(length, payload));
        changed.writeUIntBE(length, 1, 3);
        if (exact) assert.throws(() => parseAll([changed]), badFrame);
      }
    });

    it(`waits for the rest of a truncated ${frame.type} (${hex.length / 2} bytes)`, () => {
      const bytes = Buffer.from(hex, "hex");
      for (let cut = 0; cut < bytes.length; cut++) {
        assert.equal(parseAll([bytes.subarray(0, cut)]).length, 0);
        assert.equal(parseAll([bytes.subarray(0, cut), bytes.subarray(cut)]).length, 1);
      }
    });
  }

  it("gives the same frames however the bytes are cut", () => {
    const data = Array.from({ length: 20 }, (_, i): Frame => ({ type: "DATA", stream: i + 1, offset: i * 7, payload: randomBytes(randomInt(MAX_DATA_BYTES + 1)) }));
    const frames = [...vectors.map(({ frame }) => frame), ...data];
    const bytes = Buffer.concat(frames.map(encodeFrame));
    for (let round = 0; round < 40; round++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; ) {
        const count = round === 0 ? 1 : randomInt(1, [3, 10, 100, 20_000][round % 4] as number);
        chunks.push(Buffer.from(bytes.subarray(at, at + count)));
        at += count;
      }
      assert.deepEqual(parseAll(chunks).map(plain), frames.map(plain));
    }
  });

  it("never reads beyond its bounds or breaks otherwise on random bytes", () => {
    let parsed = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = Buffer.from((vectors[i % vectors.length] as (typeof vectors)[0]).hex, "hex");
      if (i % 3 === 0) randomBytes(bytes.length - 8).copy(bytes, 8);
      else bytes[randomInt(bytes.length)] = randomInt(256);
      try {
        parsed += parseAll([bytes]).length;
      } catch (error) {
        assert.ok(badFrame(error), String(error));
      }
    }
    assert.ok(parsed > 5_000, `only ${parsed} frames got through`);
  });

  for (const [name, hex] of [
    ["a length above 16,384", "0600400100000001"],
    ["an unknown type", "1400000000000000"],
    ["DATA on stream 0", "0600000b000000000000000000000000783074"],
    ["HELLO on a stream", `0100003100000001${"00".repeat(49)}`],
    ["PAD that is not zeros", "000000010000000001"],
    ["an offset of 2^53", "06000008000000010020000000000000"],
    ["DATA of 16,301 bytes", `06003fb500000001${"00".repeat(16_309)}`],
    ["a DGRAM of 8,193 bytes", `0a00200900000001${"0104c63364070035"}${"00".repeat(8_193)}`],
    ["a name with a space", "0400000a000000010302612000500003e800"],
    ["an empty name", "0400000800000001030000500003e800"],
    ["an IPv4 address of 5 bytes", "0400000d000000010105c00002010101bb0003e800"],
    ["an unknown address type", "0400000c000000010204c000020101bb0003e800"],
    ["an unknown ROLE", "0e0000010000000004"],
  ] as const) {
    it(`NET-11 refuses ${name}`, () => {
      assert.throws(() => parseAll([Buffer.from(hex, "hex")]), badFrame);
    });
  }

  it("refuses a length before it waits for its bytes", () => {
    assert.throws(() => parseAll([Buffer.from("06ffffff00000001", "hex")]), badFrame);
  });

  it("does not encode what it would not parse", () => {
    const refused: Frame[] = [
      { type: "DATA", stream: 1, offset: 0, payload: Buffer.alloc(MAX_DATA_BYTES + 1) },
      { type: "ACK", stream: 1, next: 2 ** 53, limit: 0 },
      { type: "OPEN", stream: 1, target: { atyp: 1, host: "::1", port: 1 }, window: 1 },
      { type: "OPEN", stream: 1, target: { atyp: 3, host: "x".repeat(256), port: 1 }, window: 1 },
      { type: "OPEN", stream: 1, target: { atyp: 9, host: "1.2.3.4", port: 1 }, window: 1 },
      { type: "RESET", stream: 2 ** 32, code: 1 },
      { type: "EXTEND", nodeId: new Uint8Array(31), depth: 0 },
    ];
    for (const frame of refused) assert.throws(() => encodeFrame(frame), badFrame, frame.type);
  });

  it("stops where it is told and hands over every byte that follows", () => {
    const hello = encodeFrame({ type: "HELLO", version: 1, sessionId: new Uint8Array(16), key: new Uint8Array(32) });
    const rest = randomBytes(50);
    for (let cut = 0; cut < hello.length; cut++) {
      const parser = createFrameParser();
      const whole = Buffer.concat([hello, rest]);
      const seen: string[] = [];
      for (const chunk of [whole.subarray(0, cut), whole.subarray(cut)]) {
        parser.push(chunk, (frame) => {
          seen.push(frame.type);
          return false;
        });
      }
      assert.deepEqual(seen, ["HELLO"]);
      assert.deepEqual(parser.rest(), rest);
      assert.equal(parser.rest().length, 0);
    }
  });

  it("writes the same DATA header as the encoder", () => {
    for (const offset of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const payload = randomBytes(33);
      const built = Buffer.alloc(DATA_HEADER_BYTES + payload.length);
      writeDataHeader(built, 0, 4_000_000_000, offset, payload.length);
      payload.copy(built, DATA_HEADER_BYTES);
      assert.deepEqual(built, encodeFrame({ type: "DATA", stream: 4_000_000_000, offset, payload }));
    }
  });
});
