import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLauncher, takeLauncherLock } from "../../devnet/launcherLock.ts";
import { resetDevnet } from "../../devnet/reset.ts";

describe("launcher lock", () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-lock-"));
    file = join(dir, "launcher.json");
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("lets one launcher in and names it to the next", async () => {
    const release = await takeLauncherLock(file);
    await assert.rejects(takeLauncherLock(file), { code: "X0T_ALREADY_RUNNING", message: new RegExp(`process ${process.pid}`) });
    await release();
    await (await takeLauncherLock(file))();
  });

  it("lets exactly one of many in", async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLauncherLock(file)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  });

  it("takes over from a dead owner, and from a damaged file", async () => {
    await writeFile(file, JSON.stringify({ pid: process.pid, started: "another boot/1" }));
    assert.equal(await findLauncher(file), undefined);
    await (await takeLauncherLock(file))();
    await writeFile(file, "{");
    await (await takeLauncherLock(file))();
  });

  it("lets exactly one of many in after a dead owner: a late comer does not remove the new owner's lock", async () => {
    for (let round = 0; round < 12; round++) {
      await writeFile(file, JSON.stringify({ pid: process.pid, started: "another boot/1" }));
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLauncherLock(file)));
      assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
      await rm(file);
    }
  });

  it("reset refuses while a network runs, and removes only what a devnet writes", async () => {
    const release = await takeLauncherLock(file);
    await assert.rejects(resetDevnet(dir), { code: "X0T_ALREADY_RUNNING" });
    await release();
    await writeFile(join(dir, "genesis.json"), "{}");
    await writeFile(join(dir, "thesis.tex"), "years of work");
    await assert.rejects(resetDevnet(dir), { code: "X0T_NOT_A_STATE_DIR" });
    await rm(join(dir, "thesis.tex"));
    assert.equal(await resetDevnet(dir), true);
    assert.equal(await resetDevnet(dir), false);
  });

  it("reset leaves a folder alone that no launcher ever wrote to, whatever its names", async () => {
    await mkdir(join(dir, "client"));
    await mkdir(join(dir, "logs"));
    await assert.rejects(resetDevnet(dir), { code: "X0T_NOT_A_STATE_DIR" });
    assert.deepEqual((await readdir(dir)).sort(), ["client", "logs"]);
  });
});
