import assert from "node:assert/strict";
import { findBranches, instrumentBranches } from "./branches.ts";

const HEAD = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.28;\n";

function branchesOf(body: string): string[] {
  return findBranches("contracts/A.sol", `${HEAD}contract A { ${body} }`).branches.map(({ text }) => text);
}

const both = (...conditions: string[]) => conditions.flatMap((text) => [`${text} is true`, `${text} is false`]);

describe("branches of a contract", () => {
  it("each operand of && and || is a condition of its own, wherever it stands", () => {
    assert.deepEqual(branchesOf("function f(uint256 a) external { if (a > 1 && (a < 5 || a == 9)) a = 0; }"), both("a > 1", "a < 5", "a == 9"));
    assert.deepEqual(branchesOf("function f(bool a, bool b) external returns (bool) { return a && !b; }"), both("a", "!b"));
  });

  it("loops, ?: and require branch; assert and plain comparisons do not", () => {
    const body = "function f(uint256 a) external returns (bool) { for (uint256 i = 0; i < a; ++i) {} while (a > 7) --a; require(a != 3); assert(a != 4); return a == 5; }";
    assert.deepEqual(branchesOf(body), both("i < a", "a > 7", "a != 3"));
    assert.deepEqual(branchesOf("function f(uint256 a) external returns (uint256) { return a > 1 ? a > 2 ? 3 : 2 : 1; }"), both("a > 1", "a > 2"));
  });

  it("each clause of try is a branch", () => {
    assert.deepEqual(branchesOf("function f() external { try this.f() {} catch {} }"), ["the good clause of try", "a catch clause of try"]);
  });

  it("counts the lines on which a statement begins, past letters of more than one byte", () => {
    const source = `${HEAD}contract A {\n// Σ ≤ √\nfunction f(uint256 a) external {\n  if (a > 1)\n    a = 2;\n  // −\n  a = 3;\n}\n}`;
    const { branches, lines } = findBranches("contracts/A.sol", source);
    assert.deepEqual(branches.map(({ line }) => line), [6, 6]);
    assert.deepEqual(lines, [6, 7, 9]);
  });

  it("instruments what Hardhat instrumented, inner conditions inside outer ones", () => {
    const original = `${HEAD}contract A { function f(uint256 a) external { if (g(a > 1 ? 2 : 3)) a = 1; } function g(uint256) public returns (bool) {} }`;
    const hardhat = original.replace("a = 1;", "{ __NomicFoundationCoverage.sendHit(0x01); a = 1; }");
    const source = instrumentBranches("contracts/A.sol", original, hardhat);
    assert.match(source, /if \(__x0tBranch\(g\(__x0tBranch\(a > 1, 0x[0-9a-f]{64}\) \? 2 : 3\), 0x[0-9a-f]{64}\)\) \{ __Nomic/);
    const tags = [...source.matchAll(/0x([0-9a-f]{64})/g)].map((match) => match[1]);
    const known = findBranches("contracts/A.sol", original).branches.map(({ tag }) => tag);
    assert.equal(known.length, 4);
    for (const tag of tags) assert.ok(known.includes(tag!));
    assert.throws(() => instrumentBranches("contracts/A.sol", original, original.replace("a > 1", "a > 2")), /changed the conditions/);
  });
});
