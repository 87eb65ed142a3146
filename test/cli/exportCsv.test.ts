import assert from "node:assert/strict";
import { amountCells, isoTime, toCsv } from "../../cli/export/csvFile.ts";

describe("what exports write", () => {
  it("gives no spreadsheet a formula: such texts begin with an apostrophe, amounts do not", () => {
    const csv = toCsv([["=HYPERLINK(\"http://x\")", "+1", "-1", "@sum", "\tcmd", "fine, thanks", "line\nbreak", 7, null, ...amountCells(1n)]]);
    assert.equal(csv, `"'=HYPERLINK(""http://x"")",'+1,'-1,'@sum,'\tcmd,"fine, thanks","line\nbreak",7,,0.000000000000000001,1\n`);
  });

  it("writes amounts exactly, and nothing for what is unknown", () => {
    assert.deepEqual(amountCells(123_456_789_012_345_678_901_234_567n), ["123456789.012345678901234567", "123456789012345678901234567"]);
    assert.deepEqual(amountCells(0n), ["0", "0"]);
    assert.deepEqual(amountCells(null), [null, null]);
    assert.equal(isoTime(1_767_225_600), "2026-01-01T00:00:00Z");
    assert.equal(isoTime(null), null);
  });
});
