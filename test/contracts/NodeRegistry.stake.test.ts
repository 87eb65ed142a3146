import assert from "node:assert/strict";
import { maxUint256, zeroAddress, zeroHash } from "viem";
import { account, asLedger, operator, registration, registryParameters, STAKE } from "./support/nodes.ts";
import {
  ALLOCATION,
  alice,
  assertions,
  at,
  challenger,
  deployer,
  deployProtocolFixture,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  P,
  registerNode,
  time,
  viem,
  wallets,
} from "./support/protocol.ts";

describe("NodeRegistry stake", () => {
  describe("stake", () => {
    it("REG-2 stakeAt is the state before the first transaction with a timestamp ≥ t", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const start = BigInt(await time.latest()) + 100n;
      await at(start);
      await registry.write.stake([0, 1n], { account });
      await at(start + 5n);
      await registry.write.unstake([0, 11n], { account });
      const read = (timestamp: bigint) => registry.read.stakeAt([0, timestamp]);
      assert.deepEqual(await Promise.all([start, start + 1n, start + 5n, start + 6n].map(read)), [
        STAKE,
        STAKE + 1n,
        STAKE + 1n,
        STAKE - 10n,
      ]);
      assert.equal(await read(0n), 0n);
      assert.equal(await read(1n), 0n);
    });

    it("REG-2 a node is active from the next epoch on, and inactive from the next after it falls below MIN_STAKE", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { registry } = protocol;
      const epoch = (await epochNow()) + 1n;
      await goTo(epoch);
      await registerNode(protocol, 0);
      const active = (e: bigint, offset = 0n) => registry.read.isActiveAt([0, e * EPOCH + offset]);
      assert.equal(await active(epoch, 599n), false);
      assert.equal(await active(epoch + 1n), true);
      await goTo(epoch + 3n, 5);
      const hash = await registry.write.unstake([0, STAKE - P.minStake + 1n], { account });
      await assertions.emitWithArgs(hash, registry, "ActivityChanged", [0, false, epoch + 4n]);
      assert.equal(await active(epoch + 3n, 500n), true);
      assert.equal(await active(epoch + 4n), false);
      await goTo(epoch + 5n, 5);
      const topUp = await registry.write.stake([0, 1n], { account });
      await assertions.emitWithArgs(topUp, registry, "ActivityChanged", [0, true, epoch + 6n]);
      assert.equal(await active(epoch + 5n, 500n), false);
      assert.equal(await active(epoch + 6n), true);
    });

    it("REG-2 stakeThrough is the least of both ends, and 0 unless active at both", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const epoch = await epochNow();
      await registry.write.unstake([0, STAKE / 2n], { account });
      await goTo(epoch + 1n);
      await registry.write.stake([0, 7n], { account });
      await goTo(epoch + 2n);
      await registry.write.unstake([0, STAKE / 2n], { account });
      await goTo(epoch + 4n);
      const through = (e: bigint) => registry.read.stakeThrough([0, e]);
      assert.equal(await through(epoch), STAKE / 2n);
      assert.equal(await through(epoch + 1n), STAKE / 2n);
      assert.equal(await through(epoch + 2n), 0n);
      assert.equal(await through(epoch + 3n), 0n);
    });

    it("REG-3 one bucket; each unstake restarts its clock; withdrawal pays it whole and burn-free", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, token } = protocol;
      await registry.write.unstake([0, 100n], { account });
      await time.increase(P.unbondingSeconds - 10);
      await registry.write.unstake([0, 23n], { account });
      const restarted = BigInt(await time.latest());
      const { unbonding, unbondsAt } = await registry.read.getNode([0]);
      assert.deepEqual([unbonding, unbondsAt], [123n, restarted + BigInt(P.unbondingSeconds)]);
      await at(unbondsAt - 1n);
      const early = registry.write.withdraw([0], { account });
      await assertions.revertWithCustomErrorWithArgs(early, registry, "NodeRegistry_StillUnbonding", [0, unbondsAt]);
      await at(unbondsAt);
      await registry.write.withdraw([0], { account });
      assert.equal(await token.read.balanceOf([account.address]), ALLOCATION - STAKE + 123n);
      assert.equal(await token.read.totalBurned(), 0n);
      assert.equal((await registry.read.getNode([0])).unbondsAt, 0n);
    });

    it("REG-6 no amount wraps around in a narrow type: what nobody holds cannot be staked", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, token } = protocol;
      await token.write.approve([registry.address, maxUint256], { account });
      for (const amount of [ALLOCATION, 2n ** 96n, 2n ** 127n, 2n ** 128n, 2n ** 128n + STAKE, maxUint256 - STAKE + 1n, maxUint256]) {
        await assert.rejects(registry.write.stake([0, amount], { account }), `${amount}`);
        await assert.rejects(registry.write.unstake([0, amount], { account }), `${amount}`);
        const [nodeId, key, metadata, , proof] = await registration(protocol, 6);
        await assert.rejects(registry.write.register([nodeId, key, metadata, amount, proof], { account: wallets[7]!.account }), `${amount}`);
      }
      assert.equal(await registry.read.nodeCount(), 6);
      assert.equal(await registry.read.getVotes([account.address]), STAKE);
      assert.equal((await registry.read.getNode([0])).stake, STAKE);
    });

    it("REG-3 NodeRegistry_NothingToWithdraw, NodeRegistry_AmountTooLarge, NodeRegistry_ZeroAmount", async () => {
      const { registry } = await loadFixture(networkFixture);
      const empty = registry.write.withdraw([0], { account });
      await assertions.revertWithCustomErrorWithArgs(empty, registry, "NodeRegistry_NothingToWithdraw", [0]);
      const large = registry.write.unstake([0, STAKE + 1n], { account });
      await assertions.revertWithCustomErrorWithArgs(large, registry, "NodeRegistry_AmountTooLarge", [STAKE + 1n, STAKE]);
      for (const call of [registry.write.stake, registry.write.unstake]) {
        await assertions.revertWithCustomError(call([0, 0n], { account }), registry, "NodeRegistry_ZeroAmount");
      }
    });

    it("REG-3 NodeRegistry_BadUnbonding: UNBONDING ≥ 2·EPOCH + COMMIT + CHALLENGE + RESPONSE", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      const least = 2n * 3600n + 12n * 3600n;
      const parameters = registryParameters(token.address);
      await viem.deployContract("NodeRegistry", [{ ...parameters, unbondingSeconds: least }]);
      const short = viem.deployContract("NodeRegistry", [{ ...parameters, unbondingSeconds: least - 1n }]);
      await assert.rejects(short, new RegExp(`NodeRegistry_BadUnbonding\\(${least - 1n}, ${least}\\)`));
    });

    it("REG-1 NodeRegistry_BadParameters: zero token, seat, epoch, stake or slash, more than a whole slash, unbonding without end", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      const good = registryParameters(token.address);
      const longest = 90n * 86_400n;
      await viem.deployContract("NodeRegistry", [{ ...good, unbondingSeconds: longest }]);
      for (const bad of [
        { token: zeroAddress },
        { seat: zeroAddress },
        { epochSeconds: 0n },
        { minStake: 0n },
        { slashBps: 0 },
        { slashBps: 10_001 },
        // `unstake` would overflow at the most, and hold the stake for ever.
        { unbondingSeconds: longest + 1n },
        { unbondingSeconds: 2n ** 64n - 1n },
      ]) {
        await assert.rejects(viem.deployContract("NodeRegistry", [{ ...good, ...bad }]), /NodeRegistry_BadParameters/);
      }
    });

    it("REG-3 NodeRegistry_OnlyOperator, NodeRegistry_UnknownNode", async () => {
      const { registry } = await loadFixture(networkFixture);
      const other = { account: alice.account };
      const calls = (node: number) => [
        registry.write.stake([node, 1n], other),
        registry.write.unstake([node, 1n], other),
        registry.write.withdraw([node], other),
        registry.write.setMetadata([node, zeroHash], other),
        registry.write.rotateWitness([node, alice.account.address, "0x"], other),
      ];
      for (const call of calls(0)) await assertions.revertWithCustomError(call, registry, "NodeRegistry_OnlyOperator");
      for (const call of calls(6)) await assertions.revertWithCustomError(call, registry, "NodeRegistry_UnknownNode");
      for (const read of [registry.read.getNode([6]), registry.read.operatorOf([6]), registry.read.witnessAt([6, 1n])]) {
        await assertions.revertWithCustomErrorWithArgs(read, registry, "NodeRegistry_UnknownNode", [6]);
      }
      await assertions.revertWithCustomErrorWithArgs(
        registry.read.indexOf([zeroHash]),
        registry,
        "NodeRegistry_UnknownNodeId",
        [zeroHash],
      );
    });
  });

  describe("slash", () => {
    it("REG-4 takes 10 % of active and unbonding stake; half to the challenger less the burn, the rest burned", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, token } = protocol;
      await registry.write.unstake([0, STAKE / 4n], { account });
      const ledger = await asLedger(protocol);
      const before = await token.read.balanceOf([challenger.account.address]);
      const hash = await registry.write.slash([0, challenger.account.address, STAKE], { account: ledger });
      const fromStake = (STAKE * 3n) / 40n;
      const fromUnbonding = STAKE / 40n;
      const left = (STAKE * 27n) / 40n;
      await assertions.emitWithArgs(hash, registry, "Slashed", [
        0,
        challenger.account.address,
        fromStake,
        fromUnbonding,
        left,
      ]);
      const half = STAKE / 20n;
      assert.equal(await token.read.balanceOf([challenger.account.address]), before + (half * 99n) / 100n);
      assert.equal(await token.read.totalBurned(), half + half / 100n);
      const node = await registry.read.getNode([0]);
      assert.deepEqual([node.stake, node.unbonding], [left, (STAKE * 9n) / 40n]);
      assert.equal(await token.read.balanceOf([registry.address]), 6n * STAKE - STAKE / 10n);
    });

    it("REG-4 of a large slash the challenger gets the reward named, not half", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, token } = protocol;
      const ledger = await asLedger(protocol);
      const before = await token.read.balanceOf([challenger.account.address]);
      const most = STAKE / 20n - 1n;
      await registry.write.slash([0, challenger.account.address, most], { account: ledger });
      assert.equal(await token.read.balanceOf([challenger.account.address]), before + most - most / 100n);
      assert.equal(await token.read.totalBurned(), STAKE / 10n - most + most / 100n);
      assert.equal(await token.read.balanceOf([registry.address]), 6n * STAKE - STAKE / 10n);
    });

    it("REG-2 a slash below MIN_STAKE deactivates from the next epoch on", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const ledger = await asLedger(protocol);
      await registry.write.unstake([0, STAKE - P.minStake], { account });
      const hash = await registry.write.slash([0, challenger.account.address, STAKE], { account: ledger });
      const epoch = await epochNow();
      await assertions.emitWithArgs(hash, registry, "ActivityChanged", [0, false, epoch + 1n]);
      assert.equal(await registry.read.isActiveAt([0, epoch * EPOCH]), true);
      assert.equal(await registry.read.isActiveAt([0, (epoch + 1n) * EPOCH]), false);
      assert.equal(await registry.read.drawWeightAt([0, epoch + 1n]), 0n);
    });

    it("REG-4 NodeRegistry_OnlyLedger: nobody else slashes or unbenches", async () => {
      const { registry } = await loadFixture(networkFixture);
      for (const { account: by } of [deployer, operator]) {
        const slash = registry.write.slash([0, by.address, 1n], { account: by });
        await assertions.revertWithCustomErrorWithArgs(slash, registry, "NodeRegistry_OnlyLedger", [
          by.address,
        ]);
        const unbench = registry.write.unbench([0], { account: by });
        await assertions.revertWithCustomError(unbench, registry, "NodeRegistry_OnlyLedger");
      }
    });
  });

  describe("bench", () => {
    it("REG-7 a node without a commit in 12 final epochs draws with weight 0 until it commits", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, ledger } = protocol;
      // Registered in the fixture's first epoch, so active from the next on: 12 epochs, then three windows.
      const activated = (await epochNow()) - 2n;
      await at((activated + 12n + 1n + 3n) * EPOCH - 1n);
      await assertions.revertWithCustomErrorWithArgs(registry.write.bench([0]), registry, "NodeRegistry_NotIdle", [0]);
      await at((activated + 12n + 1n + 3n) * EPOCH);
      await assertions.emitWithArgs(registry.write.bench([0]), registry, "Benched", [0]);
      const epoch = await epochNow();
      assert.equal(await registry.read.drawWeightAt([0, epoch]), STAKE);
      assert.equal(await registry.read.drawWeightAt([0, epoch + 1n]), 0n);
      assert.equal(await registry.read.totalDrawWeightAt([epoch + 1n]), 5n * STAKE);
      assert.equal(await registry.read.stakeAt([0, (epoch + 1n) * EPOCH]), STAKE);
      const again = registry.write.bench([0]);
      await assertions.revertWithCustomErrorWithArgs(again, registry, "NodeRegistry_AlreadyBenched", [0]);
      await goTo(epoch + 1n);
      const zero = { node: 0, epoch, bitmap: 0n, receiptsRoot: zeroHash, relayedBytes: 0n, cid: zeroHash };
      const hash = await ledger.write.commit([zero], { account });
      await assertions.emitWithArgs(hash, registry, "Unbenched", [0]);
      assert.equal(await registry.read.drawWeightAt([0, epoch + 1n]), 0n);
      assert.equal(await registry.read.drawWeightAt([0, epoch + 2n]), STAKE);
      assert.equal(await registry.read.totalDrawWeightAt([epoch + 2n]), 6n * STAKE);
    });

    it("REG-7 a node that becomes active again is not idle at once, and stays benched until it commits", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      await registry.write.unstake([0, STAKE], { account });
      await goTo((await epochNow()) + 40n);
      await registry.write.stake([0, STAKE], { account });
      await assertions.revertWithCustomError(registry.write.bench([0]), registry, "NodeRegistry_NotIdle");
      await registry.write.bench([1]);
      await registry.write.stake([1, 5n], { account: wallets[2]!.account });
      assert.equal(await registry.read.drawWeightAt([1, (await epochNow()) + 1n]), 0n);
      await assertions.revertWithCustomErrorWithArgs(registry.write.bench([6]), registry, "NodeRegistry_UnknownNode", [6]);
    });
  });
});
