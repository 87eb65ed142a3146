import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "viem";
import { parseReceivedVouchers } from "../../../core/spool.ts";
import { openPairStore } from "../../../node/payment/pairStore.ts";
import { openVoucherJournal } from "../../../node/payment/voucherJournal.ts";
import { CHANNEL, temporaryHome } from "./harness.ts";

const SIGNATURE: Hex = `0x${"11".repeat(65)}`;
const voucher = (cumulative: bigint, channel = CHANNEL) => ({ channel, cumulative, signature: SIGNATURE, pair: "from:0xaa" });

describe("voucher files (NET-19)", () => {
  let home: string;
  let remove: () => Promise<void>;
  beforeEach(async () => ({ home, remove } = await temporaryHome()));
  afterEach(() => remove());

  it("a line is there as soon as append returns, for the worker too; the highest counts", async () => {
    const file = join(home, "v/received.jsonl");
    const journal = openVoucherJournal(file);
    journal.append(voucher(5n));
    journal.append(voucher(9n));
    journal.append(voucher(7n));
    const seen = parseReceivedVouchers(await readFile(file, "utf8"));
    assert.equal(seen.get(CHANNEL)?.cumulative, 9n);
    await journal.close();
    const again = openVoucherJournal(file);
    assert.deepEqual(again.highest.get(CHANNEL), voucher(9n));
    await again.close();
  });

  it("a torn last line is cut off and nothing is glued to it", async () => {
    const file = join(home, "received.jsonl");
    const journal = openVoucherJournal(file);
    journal.append(voucher(5n));
    await journal.close();
    await appendFile(file, '{"channel":"0xc3c3');
    const again = openVoucherJournal(file);
    assert.equal(again.highest.get(CHANNEL)?.cumulative, 5n);
    again.append(voucher(6n));
    await again.close();
    assert.equal((await readFile(file, "utf8")).split("\n").length, 3);
    const third = openVoucherJournal(file);
    assert.equal(third.highest.get(CHANNEL)?.cumulative, 6n);
    await third.close();
  });

  it("grows to 4 MiB, then holds the highest voucher of each channel only", async () => {
    const file = join(home, "received.jsonl");
    const journal = openVoucherJournal(file);
    const other: Hex = `0x${"c4".repeat(32)}`;
    journal.append(voucher(3n, other));
    for (let i = 1n; i <= 20_000n; i++) journal.append(voucher(i));
    await journal.sync();
    assert.ok((await stat(file)).size < 1_000);
    journal.append(voucher(20_001n));
    await journal.close();
    const again = openVoucherJournal(file);
    assert.equal(again.highest.get(CHANNEL)?.cumulative, 20_001n);
    assert.equal(again.highest.get(other)?.cumulative, 3n);
    await again.close();
  });

  it("meters come back; a corrupt file is an error that says what to do", async () => {
    const store = openPairStore(home);
    const meter = store.meter("from:0xaa");
    meter.bytesByDepth[0] = 123;
    meter.adjustedUnits = -7n;
    store.markDirty();
    await store.close();
    const again = openPairStore(home);
    assert.deepEqual(again.meter("from:0xaa"), { bytesByDepth: [123], adjustedUnits: -7n });
    await again.close();
    await mkdir(home, { recursive: true });
    await writeFile(join(home, "meter.json"), "{");
    assert.throws(() => openPairStore(home), { code: "X0T_METER_CORRUPT" });
  });
});
