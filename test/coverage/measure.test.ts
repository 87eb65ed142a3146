import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";
import { findBranches } from "./branches.ts";
import { measureCoverage } from "./measure.ts";

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;
contract A {
    uint256 public constant ONE = 1;
    function f(uint256 a) external pure returns (uint256) {
        if (a > 1) return 2;
        return 3;
    }
}
`;

/** A project with one contract, what Hardhat says of its lines, and what its branches reported. */
function lay(root: string, lcov: string, tags: readonly string[]): void {
  for (const folder of ["contracts/interfaces", "contracts/test", "coverage/data/mocha"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ["contracts/A.sol", "contracts/interfaces/IA.sol", "contracts/test/Double.sol"]) writeFileSync(join(root, file), SOURCE);
  writeFileSync(join(root, "coverage/lcov.info"), lcov);
  writeFileSync(join(root, "coverage/data/mocha/run.json"), JSON.stringify(Object.fromEntries(tags.map((tag) => [tag, 1]))));
}

describe("coverage of the contracts", () => {
  const { branches } = findBranches("contracts/A.sol", SOURCE);
  const [taken, passed] = branches.map(({ tag }) => tag) as [string, string];

  it("counts lines with a statement and both outcomes of a condition, of what is deployed alone", async () => {
    await using directory = await temporaryDirectory();
    lay(directory.path, "SF:contracts/A.sol\nDA:4,1\nDA:6,1\nDA:7,1\nend_of_record\n", [taken, passed]);
    assert.deepEqual(measureCoverage(directory.path), [{ file: "contracts/A.sol", lines: 2, branches: 2, missedLines: [], missedBranches: [] }]);
  });

  it("names each line that did not run and each outcome that was not seen", async () => {
    await using directory = await temporaryDirectory();
    lay(directory.path, "SF:contracts/A.sol\nDA:6,1\nDA:7,0\nend_of_record\n", [taken]);
    const [file] = measureCoverage(directory.path);
    assert.deepEqual(file?.missedLines, [7]);
    assert.deepEqual(file?.missedBranches.map(({ line, text }) => `${line}: ${text}`), ["6: a > 1 is false"]);
  });

  it("takes a file that no test compiles as not reached at all", async () => {
    await using directory = await temporaryDirectory();
    lay(directory.path, "", []);
    const [file] = measureCoverage(directory.path);
    assert.deepEqual([file?.missedLines, file?.missedBranches.length], [[6, 7], 2]);
  });
});
