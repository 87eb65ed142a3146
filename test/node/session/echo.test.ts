import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Duplex, duplexPair } from "node:stream";
import { Registry } from "prom-client";
import type { Circuit } from "../../../node/circuit/buildCircuit.ts";
import { ATYP, REPLIES } from "../../../node/circuit/frames.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import { createEchoOnly } from "../../../node/session/createExit.ts";
import { askEcho, createEcho, ECHO_TARGET, withEcho } from "../../../node/session/echo.ts";
import { startRelays } from "../../support/relays.ts";

const live = new AbortController().signal;

async function answerOf(question: Buffer, pieces = 1): Promise<Buffer | "reset"> {
  const echo = createEcho();
  const answer: Buffer[] = [];
  echo.on("data", (chunk: Buffer) => answer.push(chunk));
  const size = Math.ceil(question.length / pieces);
  for (let at = 0; at < question.length; at += size) echo.write(question.subarray(at, at + size));
  echo.end();
  await once(echo, "close").catch(() => undefined);
  return echo.readableEnded ? Buffer.concat(answer) : "reset";
}

describe("NET-21 the echo address", () => {
  it("answers nonce 32 and payload 1,024–8,192 with nonce and SHA-256 of the payload, however they are cut", async () => {
    for (const bytes of [1_024, 1_025, 4_000, 8_192]) {
      const question = randomBytes(32 + bytes);
      const wanted = Buffer.concat([question.subarray(0, 32), createHash("sha256").update(question.subarray(32)).digest()]);
      for (const pieces of [1, 3, 700]) assert.deepEqual(await answerOf(question, pieces), wanted);
    }
  });

  it("resets what is shorter or longer", async () => {
    for (const bytes of [0, 31, 32, 1_055, 32 + 8_193, 100_000]) assert.equal(await answerOf(randomBytes(bytes)), "reset", `${bytes} bytes`);
  });

  it("askEcho tells right from wrong, and ends with its signal", async () => {
    const talkTo = (answer: (question: Buffer) => Buffer) => {
      const [near, far] = duplexPair();
      const chunks: Buffer[] = [];
      far.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => far.end(answer(Buffer.concat(chunks))));
      return askEcho(near, live);
    };
    const right = (question: Buffer) => Buffer.concat([question.subarray(0, 32), createHash("sha256").update(question.subarray(32)).digest()]);
    assert.equal(await talkTo(right), true);
    assert.equal(await talkTo((question) => right(Buffer.concat([question, Buffer.alloc(1)]))), false);
    assert.equal(await talkTo((question) => Buffer.concat([right(question), Buffer.alloc(1)])), false);
    assert.equal(await talkTo(() => Buffer.alloc(0)), false);
    const silent = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    await assert.rejects(askEcho(silent, AbortSignal.timeout(20)));
    assert.equal(silent.destroyed, true);
    assert.equal(await askEcho(createEcho(), live), true);
  });

  it("an exit's other addresses are as before, a relay's are refused", async () => {
    assert.equal(await withEcho(async () => 7)({ atyp: ATYP.name, host: "example.org", port: 80 }, live), 7);
    assert.equal(await withEcho()({ atyp: ATYP.name, host: "example.org", port: 80 }, live), REPLIES.notAllowed);
  });

  it("every role serves it at depth 0, through a whole circuit", async () => {
    const network = await startRelays(3, { change: (_deps, index) => (index === 2 ? { exit: createEchoOnly(new Registry()) } : {}) });
    try {
      const circuit: Circuit = await network.circuit();
      const session = createClientSession(circuit);
      assert.equal(await askEcho(await session.openStream(ECHO_TARGET, live), live), true);
      await assert.rejects(session.openStream({ atyp: ATYP.ipv4, host: "127.0.0.1", port: 80 }, live), { code: "X0T_OPEN_REFUSED" });
      session.close();
    } finally {
      await network.close();
    }
  });
});
