import assert from "node:assert/strict";
import { encodeFunctionData, maxUint256, parseSignature, zeroAddress, type Address } from "viem";
import { X0T } from "../../core/parameters.ts";
import {
  ALLOCATION,
  alice,
  allocations,
  assertions,
  bob,
  byTimelock,
  carol,
  chainId,
  deployer,
  deployProtocolFixture,
  loadFixture,
  networkHelpers,
  publicClient,
  viem,
  type Protocol,
} from "./support/protocol.ts";

const SUPPLY = 1_000_000_000n * X0T;

async function unsealed() {
  const token = await viem.deployContract("X0TToken");
  const timelock = await viem.deployContract("TimelockController", [0n, [], [], zeroAddress]);
  const vault = await viem.deployContract("RelayChannels", [token.address, 100n]);
  return { token, timelock, vault };
}

/** A vault of the sealed token that is an impersonated account: it can be told to send anything. */
async function asVault({ channels }: Protocol): Promise<Address> {
  await networkHelpers.impersonateAccount(channels.address);
  await networkHelpers.setBalance(channels.address, 10n ** 18n);
  return channels.address;
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

  describe("vaults", () => {
    it("TOK-3 a vault receives burn-free", async () => {
      const { token, channels } = await loadFixture(deployProtocolFixture);
      await token.write.transfer([channels.address, 1000n], { account: alice.account });
      assert.equal(await token.read.balanceOf([channels.address]), 1000n);
      assert.equal(await token.read.totalBurned(), 0n);
    });

    it("TOK-3 X0TToken_VaultTransfer: a vault cannot transfer, nor can an approved spender for it", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { token } = protocol;
      const vault = await asVault(protocol);
      await token.write.transfer([vault, 1000n], { account: alice.account });
      await assertions.revertWithCustomErrorWithArgs(
        token.write.transfer([bob.account.address, 1n], { account: vault }),
        token,
        "X0TToken_VaultTransfer",
        [vault],
      );
      await token.write.approve([bob.account.address, 1n], { account: vault });
      await assertions.revertWithCustomError(
        token.write.transferFrom([vault, bob.account.address, 1n], { account: bob.account }),
        token,
        "X0TToken_VaultTransfer",
      );
    });

    it("TOK-3 pay always burns 1 %, to whomever; refund is whole", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { token, registry } = protocol;
      const vault = await asVault(protocol);
      await token.write.transfer([vault, 3000n], { account: alice.account });
      const paid = await token.write.pay([alice.account.address, 1000n], { account: vault });
      await assertions.emitWithArgs(paid, token, "Paid", [vault, alice.account.address, 990n, 10n]);
      await token.write.pay([registry.address, 1000n], { account: vault });
      assert.equal(await token.read.balanceOf([registry.address]), 990n);
      const refunded = await token.write.refund([alice.account.address, 1000n], { account: vault });
      await assertions.emitWithArgs(refunded, token, "Refunded", [vault, alice.account.address, 1000n]);
      assert.equal(await token.read.balanceOf([alice.account.address]), ALLOCATION - 3000n + 990n + 1000n);
      assert.equal(await token.read.totalBurned(), 20n);
    });

    it("TOK-3 pay and refund do not burn by way of the zero address", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const account = await asVault(protocol);
      await protocol.token.write.transfer([account, 3000n], { account: alice.account });
      for (const call of [protocol.token.write.pay, protocol.token.write.refund]) {
        await assertions.revertWithCustomError(call([zeroAddress, 1n], { account }), protocol.token, "ERC20InvalidReceiver");
      }
    });

    it("TOK-3 X0TToken_OnlyVault, X0TToken_OnlyRewards: accounts cannot pay, refund or migrate", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { token } = protocol;
      const vault = await asVault(protocol);
      const account = alice.account;
      for (const call of [token.write.pay, token.write.refund]) {
        await assertions.revertWithCustomErrorWithArgs(
          call([bob.account.address, 1n], { account }),
          token,
          "X0TToken_OnlyVault",
          [account.address],
        );
      }
      await assertions.revertWithCustomErrorWithArgs(
        token.write.migrate([vault, 1n], { account: vault }),
        token,
        "X0TToken_OnlyRewards",
        [vault],
      );
    });

    it("TOK-4 X0TToken_OnlyTimelock: nobody else adds or removes vaults, not even the deployer", async () => {
      const { token, channels } = await loadFixture(deployProtocolFixture);
      for (const { account } of [alice, deployer]) {
        for (const call of [token.write.addVault, token.write.removeVault]) {
          await assertions.revertWithCustomErrorWithArgs(
            call([channels.address], { account }),
            token,
            "X0TToken_OnlyTimelock",
            [account.address],
          );
        }
      }
    });

    it("TOK-4 the timelock adds a vault, removes it, and takes it back", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { token } = protocol;
      const vault = await viem.deployContract("RelayChannels", [token.address, 100n]);
      const call = (functionName: "addVault" | "removeVault") =>
        byTimelock(protocol, token.address, encodeFunctionData({ abi: token.abi, functionName, args: [vault.address] }));
      await assertions.emitWithArgs(call("addVault"), token, "VaultAdded", [vault.address]);
      assert.equal(await token.read.vaultStatus([vault.address]), 1);
      await assertions.emitWithArgs(call("removeVault"), token, "VaultRemoved", [vault.address]);
      assert.equal(await token.read.vaultStatus([vault.address]), 2);
      await call("addVault");
      assert.equal(await token.read.vaultStatus([vault.address]), 1);
    });

    it("TOK-4 X0TToken_VaultStatus: no vault is added twice, only an active one is removed", async () => {
      const { token, timelock, channels } = await loadFixture(deployProtocolFixture);
      await networkHelpers.impersonateAccount(timelock.address);
      await networkHelpers.setBalance(timelock.address, 10n ** 18n);
      const account = timelock.address;
      const twice = token.write.addVault([channels.address], { account });
      await assertions.revertWithCustomErrorWithArgs(twice, token, "X0TToken_VaultStatus", [channels.address, 1]);
      const unknown = token.write.removeVault([alice.account.address], { account });
      await assertions.revertWithCustomErrorWithArgs(unknown, token, "X0TToken_VaultStatus", [alice.account.address, 0]);
    });

    it("TOK-4 X0TToken_BadVault: no account, no EIP-7702 designator, no contract that does not say it is a vault", async () => {
      const { token, timelock, channels } = await loadFixture(deployProtocolFixture);
      await networkHelpers.impersonateAccount(timelock.address);
      await networkHelpers.setBalance(timelock.address, 10n ** 18n);
      const account = timelock.address;
      const designated: Address = "0x00000000000000000000000000000000000e7702";
      await networkHelpers.setCode(designated, `0xef0100${channels.address.slice(2)}`);
      for (const vault of [alice.account.address, designated, timelock.address]) {
        const added = token.write.addVault([vault], { account });
        await assertions.revertWithCustomErrorWithArgs(added, token, "X0TToken_BadVault", [vault]);
      }
    });

    it("TOK-4 X0TVault_NotActive: a removed vault keeps refund, pay and burn, receives with burn, and takes no deposits", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { token, channels } = protocol;
      const account = await asVault(protocol);
      await token.write.transfer([account, 10_000n], { account: alice.account });
      const data = encodeFunctionData({ abi: token.abi, functionName: "removeVault", args: [account] });
      await byTimelock(protocol, token.address, data);
      await token.write.pay([bob.account.address, 1000n], { account });
      await token.write.refund([alice.account.address, 1000n], { account });
      await token.write.burn([1000n], { account });
      await token.write.transfer([account, 1000n], { account: alice.account });
      assert.equal(await token.read.balanceOf([account]), 10_000n - 3000n + 990n);
      await token.write.approve([account, maxUint256], { account: alice.account });
      await assertions.revertWithCustomErrorWithArgs(
        channels.write.open([bob.account.address, bob.account.address, 1000n], { account: alice.account }),
        channels,
        "X0TVault_NotActive",
        [account],
      );
      await assertions.revertWithCustomError(
        token.write.transfer([bob.account.address, 1n], { account }),
        token,
        "X0TToken_VaultTransfer",
      );
    });
  });

  it("TOK-1 the timelock waits its delay", async () => {
    const { timelock } = await loadFixture(deployProtocolFixture);
    assert.equal(await timelock.read.getMinDelay(), 30n);
  });
});
