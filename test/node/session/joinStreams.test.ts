import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net, { type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gatherWrites } from "../../../node/circuit/gatherWrites.ts";
import { readShared } from "../../../node/circuit/readShared.ts";
import { joinStreams } from "../../../node/session/joinStreams.ts";
import { listenLocal, socketPair } from "../../support/sockets.ts";

const BYTES = 3_000_000;

/** Reads all of it, in bursts if `slowly`. */
async function hashOf(socket: Socket, slowly: boolean): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of socket) {
    hash.update(chunk as Buffer);
    if (slowly) await sleep(1);
  }
  return hash.digest("hex");
}

describe("node/session/joinStreams", () => {
  it("carries many connections at once both ways, fast and slow: what one reads is never another's", async () => {
    const accepted: Socket[] = [];
    const echo = net.createServer({ allowHalfOpen: true }, (socket) => void accepted.push(socket.pipe(socket)));
    const target = await listenLocal(echo);
    const door = net.createServer({ allowHalfOpen: true }, (socket) => {
      accepted.push(socket);
      const next = net.connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
      next.once("connect", () => joinStreams(socket, next));
    });
    const port = await listenLocal(door);
    try {
      await Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          const bytes = randomBytes(BYTES);
          const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
          const received = hashOf(socket, i % 3 === 0);
          socket.end(bytes);
          assert.equal(await received, createHash("sha256").update(bytes).digest("hex"));
        }),
      );
    } finally {
      for (const socket of accepted) socket.destroy();
      echo.close();
      door.close();
    }
  });

  it("writes in order what comes faster than the socket takes it, in pieces of every size", async () => {
    const pair = await socketPair();
    try {
      const received = hashOf(pair.client, true);
      const hash = createHash("sha256");
      let room = Promise.withResolvers<undefined>();
      const writes = gatherWrites(pair.server, () => room.resolve(undefined));
      for (const length of [1, 16_300, 700_000, 3, 262_144, 262_145, 5_000, 2_000_000, 16_300, 16_300]) {
        const bytes = randomBytes(length);
        hash.update(bytes);
        room = Promise.withResolvers();
        const more = writes.add(bytes);
        bytes.fill(0);
        if (!more) await room.promise;
      }
      writes.flush();
      pair.server.end();
      assert.equal(await received, hash.digest("hex"));
    } finally {
      pair.close();
    }
  });

  it("reads accepted sockets without fresh memory: this Node has what that takes", async () => {
    const pair = await socketPair();
    try {
      const heard: string[] = [];
      assert.equal(readShared(pair.server, (chunk) => heard.push(chunk.toString()) > 0), true);
      const ended = once(pair.server, "end");
      pair.server.resume();
      pair.client.end("hello");
      await ended;
      assert.deepEqual(heard, ["hello"]);
    } finally {
      pair.close();
    }
  });
});
