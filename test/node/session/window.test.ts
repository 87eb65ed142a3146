import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { TLSSocket } from "node:tls";
import { setImmediate as turn } from "node:timers/promises";
import { encodeFrame } from "../../../node/circuit/encodeFrame.ts";
import type { Frame } from "../../../node/circuit/frames.ts";
import { createFrameParser } from "../../../node/circuit/parseFrame.ts";
import { electByRole } from "../../../node/session/electLead.ts";
import { createSessionCore, type SessionCore } from "../../../node/session/sessionCore.ts";
import { createWindowBudget, MIN_WINDOW_BYTES } from "../../../node/session/windows.ts";

const MAX_DATA_BYTES = 16_000;
const nothing = () => undefined;

/** A tunnel whose writes end when the test says so. */
function heldTunnel() {
  const frames: Frame[] = [];
  const parser = createFrameParser();
  let onWritten: (() => void) | undefined;
  const state = { writable: true, writableLength: 0, destroyed: false };
  const tls = Object.assign(new EventEmitter(), state, {
    setMaxSendFragment: nothing,
    resume: nothing,
    read: () => null,
    pause: nothing,
    destroySoon: nothing,
    destroy: () => tls.emit("close"),
    write(bytes: Buffer, written: () => void) {
      parser.push(Buffer.from(bytes), (frame) => void frames.push(frame));
      tls.writableLength = bytes.length;
      onWritten = written;
      return true;
    },
  });
  return {
    tls: tls as unknown as TLSSocket,
    frames,
    receive: (frame: Frame) => void tls.emit("data", encodeFrame(frame)),
    settle() {
      tls.writableLength = 0;
      onWritten?.();
    },
  };
}

describe("node/session windows", () => {
  let core: SessionCore;
  afterEach(() => core.close(0));

  it("NET-11 a window that is read out while an ACK waits to be written is opened by that ACK: no other may ever follow", async () => {
    core = createSessionCore({ budget: createWindowBudget(), highestStream: () => 1, onFrame: () => true, electLead: electByRole, onTick: nothing, onPathLost: nothing, onClosed: nothing });
    const tunnel = heldTunnel();
    const path = core.addPath(tunnel.tls);
    path.start(Buffer.alloc(0));
    core.joined(path);
    const stream = core.addStream(1, 0, core.takeWindow())!;
    for (let offset = 0; offset < MIN_WINDOW_BYTES; offset += MAX_DATA_BYTES) {
      tunnel.receive({ type: "DATA", stream: 1, offset, payload: Buffer.alloc(Math.min(MAX_DATA_BYTES, MIN_WINDOW_BYTES - offset)) });
    }
    // As after the loss of a path: ACKs of all streams are due, the last write is still under way.
    core.send({ type: "RESET", stream: 9, code: 1 });
    await turn();
    core.joined(path);
    assert.equal(stream.receiveLimit, MIN_WINDOW_BYTES);
    while (stream.read() !== null);
    tunnel.settle();
    await turn();
    await turn();
    const limits = tunnel.frames.flatMap((frame) => (frame.type === "ACK" && frame.stream === 1 ? [frame.limit] : []));
    assert.ok(Math.max(...limits) >= 2 * MIN_WINDOW_BYTES, `limits told: ${limits.join(", ")}`);
  });
});
