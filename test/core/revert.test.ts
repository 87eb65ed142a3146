import assert from "node:assert/strict";
import { protocolErrorsAbi, revertedError, revertHint } from "../../core/revert.ts";
import { X0T } from "../../core/parameters.ts";

const ADDRESS = `0x${"ab".repeat(20)}`;

/** A value of an ABI type that a contract could send. */
function example(type: string): unknown {
  if (type === "address") return ADDRESS;
  if (type === "string") return "text";
  if (/^uint(8|16|32)$/.test(type)) return 3;
  if (type.startsWith("uint")) return 5n * X0T;
  if (type.startsWith("bytes")) return `0x${"11".repeat(32)}`;
  throw new Error(`no example of ${type}`);
}

describe("reverts in words", () => {
  const errors = [...new Map(protocolErrorsAbi.map((item) => [item.name, item])).values()];

  for (const { name, inputs } of errors) {
    it(`${name} has a sentence`, () => {
      const hint = revertHint({ name, args: inputs.map(({ type }) => example(type)) });
      assert.ok(hint !== undefined, `${name} of an ABI has no hint: add one in core/*Hints.ts`);
      assert.match(hint, /^[A-Z0-9].*\.$/);
      assert.doesNotMatch(hint, /undefined|NaN|\[object|Invalid Date/);
    });
  }

  it("names amounts in X0T, every digit", () => {
    const said = (name: string, ...args: unknown[]) => revertedError("register", { name, args }).message;
    assert.match(said("ERC20InsufficientBalance", ADDRESS, 35n * (X0T / 10n), 100n * X0T), /it has 3\.5 X0T, 100 X0T are needed/);
    assert.match(said("ERC20InsufficientAllowance", ADDRESS, 0n, 12_345n * X0T), /take 12,345 X0T; it may take 0 X0T now/);
    assert.match(said("NodeRegistry_StakeTooSmall", 1n, 100n * X0T), /at least 100 X0T; this is 0\.000000000000000001 X0T/);
    assert.match(said("NodeRegistry_AmountTooLarge", 7n * X0T, 5n * X0T), /5 X0T, not 7 X0T/);
  });

  it("names moments and slots", () => {
    assert.match(revertHint({ name: "NodeRegistry_StillUnbonding", args: [4, 1_700_000_000n] }) ?? "", /2023-11-14 22:13:20 UTC/);
    assert.match(revertHint({ name: "ProofLedger_BadSlots", args: [0b1001_0001n] }) ?? "", /slots 0, 4 and 7/);
    assert.match(revertHint({ name: "ProofLedger_BadSlots", args: [0n] }) ?? "", /no slot/);
  });

  it("has no word for what is not ours", () => {
    assert.equal(revertHint({ name: "Error", args: ["x"] }), undefined);
    assert.equal(revertedError("f", { name: "", args: [] }).message, "The contract refused f without a reason.");
  });
});
