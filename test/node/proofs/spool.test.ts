import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseSpool } from "../../../core/spool.ts";
import { openSpool } from "../../../node/proofs/spool.ts";
import { createLogger } from "../../../runtime/logger.ts";

const receipt = (slot: number, witness: number) => ({ slot, witness, signature: `0x${"11".repeat(65)}` as const });

describe("spool", () => {
  let home: string;
  const open = () => openSpool(home, createLogger("test", "silent"));
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), "x0t-spool-"))));
  afterEach(() => rm(home, { recursive: true }));

  it("PRF-2 keeps receipts once each, counts them by slot, and the worker can read them", async () => {
    const spool = await open();
    assert.deepEqual(await Promise.all([spool.addReceipt(7, receipt(0, 1)), spool.addReceipt(7, receipt(0, 2)), spool.addReceipt(7, receipt(3, 1))]), [true, true, true]);
    assert.equal(await spool.addReceipt(7, receipt(0, 2)), false);
    const first = spool.addReceipt(9, receipt(0, 1));
    assert.equal(spool.hasReceipt(9, 0, 1), false, "not before it is on disk");
    assert.deepEqual(await Promise.all([spool.addReceipt(9, receipt(0, 1)), first]), [false, true]);
    assert.deepEqual(spool.receiptCounts(7), { 0: 2, 3: 1 });
    assert.ok(spool.hasReceipt(7, 3, 1) && !spool.hasReceipt(8, 3, 1));
    const records = parseSpool(await readFile(join(home, "spool/7.jsonl"), "utf8"));
    assert.equal(records.length, 3);
    await spool.close();
    const again = await open();
    assert.deepEqual(again.receiptCounts(7), { 0: 2, 3: 1 });
    assert.equal(await again.addReceipt(7, receipt(0, 1)), false);
    await again.close();
  });

  it("NET-23 a torn last line does not spoil what comes after it", async () => {
    const spool = await open();
    await spool.addReceipt(7, receipt(0, 1));
    await spool.close();
    await appendFile(join(home, "spool/7.jsonl"), '{"type":"receipt","slot":1,');
    const again = await open();
    await again.addReceipt(7, receipt(2, 1));
    await again.close();
    const last = await open();
    assert.deepEqual(last.receiptCounts(7), { 0: 1, 2: 1 });
    await last.close();
  });

  it("NET-23 kill -9: every receipt that was acknowledged is there", async () => {
    const script = `
      const { openSpool } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../../node/proofs/spool.ts")).href)});
      const { createLogger } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../../runtime/logger.ts")).href)});
      const spool = await openSpool(${JSON.stringify(home)}, createLogger("child", "silent"));
      for (let i = 0; ; i++) {
        await spool.addReceipt(5, { slot: i % 120, witness: i, signature: "0x${"22".repeat(65)}" });
        process.stdout.write(i + "\\n");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    let acknowledged = "";
    for await (const chunk of child.stdout) {
      acknowledged += chunk;
      if (acknowledged.split("\n").length > 40) break;
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    const last = acknowledged.slice(0, acknowledged.lastIndexOf("\n")).split("\n").map(Number);
    const spool = await open();
    for (const i of last) assert.ok(spool.hasReceipt(5, i % 120, i), `receipt ${i}`);
    await spool.close();
  });

  it("PRF-2 relayed bytes go on after a restart, and pruning keeps the lifetime", async () => {
    const spool = await open();
    spool.addRelayed(1, 100);
    spool.addRelayed(2, 50);
    await spool.flushRelayed();
    spool.addRelayed(2, 7);
    await spool.flushRelayed();
    await spool.close();
    const again = await open();
    assert.deepEqual([again.relayedBytes(1), again.relayedBytes(2), again.lifetimeRelayedBytes()], [100, 57, 157]);
    again.addRelayed(2, 3);
    await again.prune(2);
    assert.deepEqual(await readdir(join(home, "spool")), ["2.jsonl"]);
    assert.equal(again.lifetimeRelayedBytes(), 160);
    await again.close();
    const last = await open();
    assert.deepEqual([last.relayedBytes(1), last.relayedBytes(2), last.lifetimeRelayedBytes()], [0, 60, 160]);
    await last.close();
  });
});
