import assert from "node:assert/strict";
import { zeroAddress, type Address, type Hex } from "viem";
import { as } from "./support/proposals.ts";
import { assertions, deployProtocolFixture, loadFixture, networkHelpers, viem } from "./support/protocol.ts";

const VAULT: Address = "0x000000000000000000000000000000000000c0de";

/** Returns `value` in `bytes` bytes, whatever it is asked. */
const answers = (value: string, bytes: string): Hex => `0x60${value}5f5260${bytes}5ff3`;

describe("X0TToken vault code", () => {
  for (const [what, code] of [
    ["that answers nothing", "0x00"],
    ["that answers 2", answers("02", "20")],
    ["that answers yes in 64 bytes", answers("01", "40")],
    ["that answers yes in 31 bytes", answers("01", "1f")],
    ["that cannot run, an EOF container's", "0xef0001"],
  ] as const) {
    it(`TOK-4 X0TToken_BadVault: code ${what}`, async () => {
      const { token, timelock } = await loadFixture(deployProtocolFixture);
      await networkHelpers.setCode(VAULT, code);
      const added = token.write.addVault([VAULT], { account: await as(timelock.address) });
      await assertions.revertWithCustomErrorWithArgs(added, token, "X0TToken_BadVault", [VAULT]);
    });
  }

  it("TOK-4 code that answers yes is a vault, whatever its length", async () => {
    const { token, timelock } = await loadFixture(deployProtocolFixture);
    await networkHelpers.setCode(VAULT, answers("01", "20"));
    await token.write.addVault([VAULT], { account: await as(timelock.address) });
    assert.equal(await token.read.vaultStatus([VAULT]), 1);
  });

  it("TOK-1 X0TToken_OnlyTimelock: before the seal there is no timelock, and the zero address is none", async () => {
    const token = await viem.deployContract("X0TToken");
    const added = token.simulate.addVault([VAULT], { account: zeroAddress });
    await assertions.revertWithCustomErrorWithArgs(added, token, "X0TToken_OnlyTimelock", [zeroAddress]);
  });
});
