import assert from "node:assert/strict";
import { X0tError } from "../../../core/x0tError.ts";
import { createMessageDecoder, encodeMessage, MAX_MESSAGE_PAYLOAD_BYTES, type Message } from "../../../node/link/message.ts";

const message = (size: number, type = 1, id = 7): Message => ({ type, id, payload: new Uint8Array(size).fill(size & 0xff) });
const bad = (error: unknown) => error instanceof X0tError && error.code === "X0T_BAD_MESSAGE";

describe("control messages", () => {
  it("NET-17 len u16, type u8, id u32: known bytes", () => {
    assert.equal(
      Buffer.from(encodeMessage({ type: 0x21, id: 0x01020304, payload: new Uint8Array([0xaa]) })).toString("hex"),
      "0006" + "21" + "01020304" + "aa",
    );
  });

  it("NET-17 any split of the stream gives the same messages", () => {
    const sent = [message(0), message(1, 255, 0xffffffff), message(3000), message(MAX_MESSAGE_PAYLOAD_BYTES)];
    const bytes = Buffer.concat(sent.map(encodeMessage));
    for (const step of [1, 2, 3, 6, 7, 8, 1000, bytes.length]) {
      const decoder = createMessageDecoder();
      const got: Message[] = [];
      for (let at = 0; at < bytes.length; at += step) got.push(...decoder.push(bytes.subarray(at, at + step)));
      assert.deepEqual(got, sent, `step ${step}`);
      assert.equal(decoder.pendingBytes, 0);
    }
  });

  it("NET-17 a truncated message stays pending", () => {
    const bytes = encodeMessage(message(10));
    for (let end = 0; end < bytes.length; end++) {
      const decoder = createMessageDecoder();
      assert.deepEqual(decoder.push(bytes.subarray(0, end)), []);
      assert.equal(decoder.pendingBytes, end);
    }
  });

  it("NET-17 too short and too long lengths end the stream for good", () => {
    const short = createMessageDecoder();
    assert.throws(() => short.push(new Uint8Array([0, 4, 0, 0, 0, 0])), bad);
    assert.throws(() => short.push(encodeMessage(message(1))), bad);
    const limited = createMessageDecoder(8);
    assert.equal(limited.push(encodeMessage(message(8))).length, 1);
    assert.throws(() => limited.push(encodeMessage(message(9)).subarray(0, 2)), bad, "refused before it is read");
  });

  it("NET-17 out-of-range fields are not encoded", () => {
    assert.throws(() => encodeMessage(message(MAX_MESSAGE_PAYLOAD_BYTES + 1)), bad);
    assert.throws(() => encodeMessage(message(0, 256)), bad);
    assert.throws(() => encodeMessage(message(0, 1, -1)), bad);
    assert.throws(() => encodeMessage(message(0, 1, 1.5)), bad);
  });

  it("fuzz: random bytes give messages or one error, never more than was read", () => {
    for (let round = 0; round < 2_000; round++) {
      const bytes = crypto.getRandomValues(new Uint8Array(64));
      bytes[0] = 0;
      const decoder = createMessageDecoder(32);
      let read = 0;
      try {
        for (const { payload } of decoder.push(bytes)) read += 7 + payload.length;
        assert.equal(read + decoder.pendingBytes, bytes.length);
      } catch (error) {
        assert.ok(bad(error));
      }
    }
  });
});
