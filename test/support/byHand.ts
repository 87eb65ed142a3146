import assert from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import { encodeFrame } from "../../node/circuit/encodeFrame.ts";
import type { Frame } from "../../node/circuit/frames.ts";
import { createFrameParser } from "../../node/circuit/parseFrame.ts";
import { until } from "./sockets.ts";

/** An end of a circuit that writes frames by hand. */
export function byHand({ tls }: { tls: TLSSocket }) {
  const frames: Frame[] = [];
  const parser = createFrameParser();
  tls.on("data", (chunk: Buffer) => parser.push(chunk, (frame) => void frames.push(frame)));
  return {
    frames,
    send: (...all: Frame[]) => tls.write(Buffer.concat(all.map(encodeFrame))),
    async next<T extends Frame["type"]>(type: T): Promise<Extract<Frame, { type: T }>> {
      await until(() => frames.some((frame) => frame.type === type) || tls.destroyed, 5_000, type);
      const at = frames.findIndex((frame) => frame.type === type);
      assert.ok(at >= 0, `closed without ${type}`);
      return frames.splice(at, 1)[0] as Extract<Frame, { type: T }>;
    },
  };
}
