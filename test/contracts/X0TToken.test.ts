import assert from "node:assert/strict";
import { maxUint256, parseSignature, zeroAddress } from "viem";
import { X0T } from "../../core/parameters.ts";
import {
  alice,
  ALLOCATION,
  allocations,
  assertions,
  bob,
  carol,
  chainId,
  deployProtocolFixture,
  loadFixture,
  networkHelpers,
  publicClient,
  viem,
} from "./support/protocol.ts";

const SUPPLY = 1_000_000_000n * X0T;

async function unsealed() {
  const token = await viem.deployContract("X0TToken");
  const timelock = await viem.deployContract("X0TTimelock", [1n, 1n, 1n, zeroAddress]);
  const vault = await viem.deployContract("RelayChannels", [token.address, timelock.address, 100n]);
  return { token, timelock, vault };
}

describe("X0TToken", () => {
  describe("seal", () => {
    it("TOK-1 mints 1,000,000,000 X0T once, to the token itself", async () => {
      const { token } = await loadFixture(unsealed);
      assert.equal(await token.read.totalSupply(), SUPPLY);
      assert.equal(await token.read.balanceOf([token.address]), SUPPLY);
      assert.ok(token.abi.every((entry) => entry.type !== "function" || !/mint/i.test(entry.name)));
    });

    it("TOK-1 distributes burn-free: 400 M to the rewards, the genesis accounts, the rest to the timelock", async () => {
      const { token, rewards, timelock } = await loadFixture(deployProtocolFixture);
      const allocated = allocations.reduce((sum, { amount }) => sum + amount, 0n);
      assert.equal(await token.read.balanceOf([rewards.address]), 400_000_000n * X0T);
      assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION);
      assert.equal(await token.read.balanceOf([timelock.address]), 600_000_000n * X0T - allocated);
      assert.equal(await token.read.balanceOf([token.address]), 0n);
      assert.equal(await token.read.totalBurned(), 0n);
    });

    it("TOK-1 X0TToken_NotSealed: nothing transfers before", async () => {
      const { token } = await loadFixture(unsealed);
      await assertions.revertWithCustomError(token.write.transfer([bob.account.address, 0n]), token, "X0TToken_NotSealed");
      await networkHelpers.impersonateAccount(token.address);
      await networkHelpers.setBalance(token.address, 10n ** 18n);
      const account = token.address;
      await assertions.revertWithCustomError(
        token.write.transfer([bob.account.address, 1n], { account }),
        token,
        "X0TToken_NotSealed",
      );
    });

    it("TOK-1 X0TToken_OnlyDeployer, X0TToken_AlreadySealed: one seal, by the deployer", async () => {
      const { token, timelock, vault } = await loadFixture(unsealed);
      const args = [timelock.address, vault.address, [vault.address], []] as const;
      await assertions.revertWithCustomErrorWithArgs(
        token.write.seal(args, { account: alice.account }),
        token,
        "X0TToken_OnlyDeployer",
        [alice.account.address],
      );
      await token.write.seal(args);
      await assertions.revertWithCustomError(token.write.seal(args), token, "X0TToken_AlreadySealed");
    });

    it("TOK-1 X0TToken_TooManyAllocations, X0TToken_AllocationTooLarge: at most 64 accounts and 60 M", async () => {
      const { token, timelock, vault } = await loadFixture(unsealed);
      const one = { account: alice.account.address, amount: 1n };
      const seal = (list: (typeof one)[]) => token.write.seal([timelock.address, vault.address, [vault.address], list]);
      await assertions.revertWithCustomErrorWithArgs(
        seal(Array.from({ length: 65 }, () => one)),
        token,
        "X0TToken_TooManyAllocations",
        [65n],
      );
      const limit = 60_000_000n * X0T;
      await assertions.revertWithCustomErrorWithArgs(
        seal([{ ...one, amount: limit }, one]),
        token,
        "X0TToken_AllocationTooLarge",
        [limit + 1n, limit],
      );
      await seal([...Array.from({ length: 63 }, () => one), { ...one, amount: limit - 63n }]);
      assert.equal(await token.read.balanceOf([alice.account.address]), limit);
    });

    it("TOK-1 X0TToken_BadTimelock, X0TToken_BadVault: timelock and rewards are contracts, rewards a vault", async () => {
      const { token, timelock, vault } = await loadFixture(unsealed);
      const eoa = alice.account.address;
      await assertions.revertWithCustomErrorWithArgs(
        token.write.seal([eoa, vault.address, [vault.address], []]),
        token,
        "X0TToken_BadTimelock",
        [eoa],
      );
      await assertions.revertWithCustomErrorWithArgs(
        token.write.seal([timelock.address, timelock.address, [vault.address], []]),
        token,
        "X0TToken_BadVault",
        [timelock.address],
      );
    });
  });

  describe("transfers", () => {
    it("TOK-2 burns ⌊1 %⌋ between two ordinary accounts", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      const [from, to] = [alice.account.address, bob.account.address];
      for (const [amount, fee] of [[0n, 0n], [1n, 0n], [99n, 0n], [100n, 1n], [199n, 1n], [12_345n, 123n]] as const) {
        const before = await token.read.balanceOf([to]);
        const burned = await token.read.totalBurned();
        const hash = await token.write.transfer([to, amount], { account: alice.account });
        await assertions.emitWithArgs(hash, token, "Transfer", [from, to, amount - fee]);
        if (fee > 0n) await assertions.emitWithArgs(hash, token, "Transfer", [from, zeroAddress, fee]);
        assert.equal(await token.read.balanceOf([to]), before + amount - fee);
        assert.equal(await token.read.totalBurned(), burned + fee);
        assert.equal((await publicClient.getTransactionReceipt({ hash })).logs.length, fee > 0n ? 2 : 1);
      }
    });

    it("TOK-2 transferFrom burns the same and takes the whole amount from the allowance", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      await token.write.approve([bob.account.address, 1000n], { account: alice.account });
      await token.write.transferFrom([alice.account.address, carol.account.address, 1000n], { account: bob.account });
      assert.equal(await token.read.balanceOf([carol.account.address]), ALLOCATION + 990n);
      assert.equal(await token.read.allowance([alice.account.address, bob.account.address]), 0n);
    });

    it("TOK-2 a self-transfer burns nothing", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      await token.write.transfer([alice.account.address, ALLOCATION], { account: alice.account });
      assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION);
      assert.equal(await token.read.totalBurned(), 0n);
    });

    it("TOK-2 a permit moves X0T like an approval (ERC-2612), under the name X0TToken", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      assert.equal(await token.read.name(), "X0TToken");
      const deadline = maxUint256;
      const signature = await alice.signTypedData({
        domain: { name: "X0TToken", version: "1", chainId, verifyingContract: token.address },
        types: {
          Permit: [
            { name: "owner", type: "address" },
            { name: "spender", type: "address" },
            { name: "value", type: "uint256" },
            { name: "nonce", type: "uint256" },
            { name: "deadline", type: "uint256" },
          ],
        },
        primaryType: "Permit",
        message: { owner: alice.account.address, spender: bob.account.address, value: 7n, nonce: 0n, deadline },
      });
      const { r, s, yParity } = parseSignature(signature);
      await token.write.permit([alice.account.address, bob.account.address, 7n, deadline, 27 + yParity, r, s]);
      assert.equal(await token.read.allowance([alice.account.address, bob.account.address]), 7n);
    });

    it("TOK-5 burn takes from the caller and from the supply", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      await token.write.burn([5n], { account: alice.account });
      assert.equal(await token.read.totalSupply(), SUPPLY - 5n);
      assert.equal(await token.read.totalBurned(), 5n);
    });
  });

  it("TOK-1 the timelock waits its delay", async () => {
    const { timelock } = await loadFixture(deployProtocolFixture);
    assert.equal(await timelock.read.getMinDelay(), 30n);
  });
});
