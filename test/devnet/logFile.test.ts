import assert from "node:assert/strict";
import { closeSync, existsSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastMessages, openLog } from "../../devnet/logFile.ts";

describe("a child's log", () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-log-"));
    file = join(dir, "a.log");
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("gives a person its last sentences: pino's messages, and a crash without its stack", () => {
    const before = '{"level":30,"msg":"of an earlier start"}\n';
    writeFileSync(
      file,
      `${before}{"level":50,"msg":"no space left","err":{"message":"ENOSPC"}}\nfile:///a.ts:7\n   ^^^^\n\nSyntaxError: nothing named x\n    at main (a.ts:7:1)\n\nNode.js v24.21.0\n`,
    );
    assert.deepEqual(lastMessages(file, before.length, 4), ["no space left: ENOSPC", "file:///a.ts:7", "SyntaxError: nothing named x"]);
    assert.deepEqual(lastMessages(join(dir, "none"), 0, 4), []);
  });

  it("is set aside when it has grown too large", () => {
    closeSync(openLog(file));
    assert.equal(existsSync(`${file}.1`), false);
    truncateSync(file, 11 * 2 ** 20);
    closeSync(openLog(file));
    assert.equal(existsSync(`${file}.1`), true);
  });
});
