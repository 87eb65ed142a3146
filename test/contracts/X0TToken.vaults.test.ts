import assert from "node:assert/strict";
import { encodeFunctionData, maxUint256, zeroAddress, type Address } from "viem";
import {
  alice,
  ALLOCATION,
  assertions,
  bob,
  byTimelock,
  deployer,
  deployProtocolFixture,
  loadFixture,
  networkHelpers,
  viem,
  type Protocol,
} from "./support/protocol.ts";

/** A vault of the sealed token that is an impersonated account: it can be told to send anything. */
async function asVault({ channels }: Protocol): Promise<Address> {
  await networkHelpers.impersonateAccount(channels.address);
  await networkHelpers.setBalance(channels.address, 10n ** 18n);
  return channels.address;
}

describe("X0TToken vaults", () => {
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
      const vault = await viem.deployContract("RelayChannels", [token.address, protocol.seat.address, 100n]);
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
});
