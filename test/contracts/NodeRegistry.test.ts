import assert from "node:assert/strict";
import { encodeFunctionData, getAddress, padHex, parseSignature, sha256, zeroAddress, zeroHash } from "viem";
import { PRODUCTION, X0T } from "../../core/parameters.ts";
import {
  ALLOCATION,
  alice,
  assertions,
  at,
  byTimelock,
  chainId,
  challenger,
  deployer,
  deployProtocolFixture,
  EPOCH,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  networkHelpers,
  nodeIdOf,
  P,
  poor,
  proofOfPossession,
  publicClient,
  registerNode,
  time,
  viem,
  wallets,
  witnessKey,
  type Protocol,
} from "./support/protocol.ts";

const STAKE = 1_000n * X0T;
const operator = wallets[1]!;
const account = operator.account;

/** Arguments of a valid registration of node `index` by `by`. */
async function registration({ registry }: Protocol, index: number, by = wallets[index + 1]!) {
  const witness = witnessKey(index);
  const nodeId = nodeIdOf(index);
  const proof = await proofOfPossession(registry.address, witness, by.account.address, nodeId);
  return [nodeId, witness.address, zeroHash, STAKE, proof] as const;
}

async function rotate({ registry }: Protocol, node: number, generation: number) {
  const key = witnessKey(node, generation);
  const by = wallets[node + 1]!.account;
  const proof = await proofOfPossession(registry.address, key, by.address, nodeIdOf(node));
  return registry.write.rotateWitness([node, key.address, proof], { account: by });
}

/** The ledger's account: it alone may slash and unbench. */
async function asLedger({ ledger }: Protocol) {
  await networkHelpers.impersonateAccount(ledger.address);
  await networkHelpers.setBalance(ledger.address, 10n ** 18n);
  return ledger.address;
}

describe("NodeRegistry", () => {
  describe("registration", () => {
    it("REG-1 locks the stake burn-free and gives sequential indices", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { registry, token } = protocol;
      await registerNode(protocol, 0);
      await registerNode(protocol, 1);
      assert.equal(await registry.read.nodeCount(), 2);
      assert.equal(await registry.read.indexOf([nodeIdOf(1)]), 1);
      const node = await registry.read.getNode([1]);
      assert.deepEqual(node, {
        operator: getAddress(wallets[2]!.account.address),
        unbondsAt: 0n,
        benched: false,
        nodeId: nodeIdOf(1),
        witness: witnessKey(1).address,
        metadata: sha256(nodeIdOf(1)),
        stake: STAKE,
        unbonding: 0n,
      });
      assert.equal(await token.read.balanceOf([registry.address]), 2n * STAKE);
      assert.equal(await token.read.totalBurned(), 0n);
    });

    it("REG-1 NodeRegistry_BadProofOfPossession: the witness key signs operator and nodeId", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { registry } = protocol;
      const good = await registration(protocol, 0);
      const stolen = registry.write.register(good, { account: wallets[2]!.account });
      await assertions.revertWithCustomError(stolen, registry, "NodeRegistry_BadProofOfPossession");
      const other = registry.write.register([nodeIdOf(9), ...good.slice(1)] as unknown as typeof good, { account });
      await assertions.revertWithCustomError(other, registry, "NodeRegistry_BadProofOfPossession");
      const short = registry.write.register([good[0], good[1], good[2], good[3], "0x1234"], { account });
      await assertions.revertWithCustomErrorWithArgs(short, registry, "NodeRegistry_BadProofOfPossession", [
        zeroAddress,
        good[1],
      ]);
    });

    it("REG-1 NodeRegistry_ZeroAddress: the zero address is nobody's witness key", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const [nodeId, , metadata, stake] = await registration(protocol, 0);
      const zero = protocol.registry.write.register([nodeId, zeroAddress, metadata, stake, "0x"], { account });
      await assertions.revertWithCustomError(zero, protocol.registry, "NodeRegistry_ZeroAddress");
    });

    it("REG-1 NodeRegistry_NodeIdTaken, NodeRegistry_WitnessTaken: both unique, witness keys never reused", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const taken = registry.write.register(await registration(protocol, 0), { account });
      await assertions.revertWithCustomErrorWithArgs(taken, registry, "NodeRegistry_NodeIdTaken", [nodeIdOf(0)]);
      await rotate(protocol, 0, 1);
      const former = witnessKey(0);
      const proof = await proofOfPossession(registry.address, former, account.address, nodeIdOf(20));
      const reused = registry.write.register([nodeIdOf(20), former.address, zeroHash, STAKE, proof], { account });
      await assertions.revertWithCustomErrorWithArgs(reused, registry, "NodeRegistry_WitnessTaken", [former.address]);
    });

    it("REG-1 NodeRegistry_StakeTooSmall: at least MIN_STAKE", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { registry } = protocol;
      const [nodeId, witness, metadata, , proof] = await registration(protocol, 0);
      const small = registry.write.register([nodeId, witness, metadata, P.minStake - 1n, proof], { account });
      await assertions.revertWithCustomErrorWithArgs(small, registry, "NodeRegistry_StakeTooSmall", [
        P.minStake - 1n,
        P.minStake,
      ]);
    });

    it("REG-1 registerWithPermit needs no approval, and a used or false permit only the allowance", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { registry, token } = protocol;
      const args = await registration(protocol, 0);
      const deadline = 2n ** 64n;
      const signature = await operator.signTypedData({
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
        message: { owner: account.address, spender: registry.address, value: STAKE, nonce: 0n, deadline },
      });
      const { r, s, yParity } = parseSignature(signature);
      const v = 27 + yParity;
      // Somebody front-runs with the same permit.
      await token.write.permit([account.address, registry.address, STAKE, deadline, v, r, s]);
      await registry.write.registerWithPermit([...args, deadline, v, r, s], { account });
      assert.equal(await registry.read.nodeCount(), 1);
      const second = await registration(protocol, 1, operator);
      const unpaid = registry.write.registerWithPermit([...second, deadline, v, r, s], { account });
      await assertions.revertWithCustomError(unpaid, token, "ERC20InsufficientAllowance");
    });

    it("REG-1 witness keys rotate: receipts from the next epoch, the node's key at once; the past stays", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const epoch = await epochNow();
      await rotate(protocol, 0, 1);
      await rotate(protocol, 0, 2);
      await goTo(epoch + 2n);
      await rotate(protocol, 0, 3);
      const witnesses = [0n, 1n, 2n, 3n].map((offset) => registry.read.witnessAt([0, epoch + offset]));
      const keys = [0, 2, 2, 3].map((generation) => witnessKey(0, generation).address);
      assert.deepEqual(await Promise.all(witnesses), keys);
      assert.equal((await registry.read.getNode([0])).witness, witnessKey(0, 3).address);
    });

    it("REG-1 metadata changes by the operator", async () => {
      const protocol = await loadFixture(networkFixture);
      const metadata = padHex("0x01", { size: 32 });
      const hash = await protocol.registry.write.setMetadata([0, metadata], { account });
      await assertions.emitWithArgs(hash, protocol.registry, "MetadataChanged", [0, metadata]);
      assert.equal((await protocol.registry.read.getNode([0])).metadata, metadata);
    });

    it("REG-7 NodeRegistry_Full: no index reaches 2^24", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      // Slot of the tree's size: see the order of storage in StakeAccounts.
      await networkHelpers.setStorageAt(registry.address, 4, 2n ** 24n);
      assert.equal(await registry.read.nodeCount(), 2 ** 24);
      const full = registry.write.register(await registration(protocol, 8, operator), { account });
      await assertions.revertWithCustomError(full, registry, "NodeRegistry_Full");
    });
  });

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

    it("REG-1 NodeRegistry_BadParameters: zero token, epoch, stake or slash, more than a whole slash", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      const good = registryParameters(token.address);
      for (const bad of [{ token: zeroAddress }, { epochSeconds: 0n }, { minStake: 0n }, { slashBps: 0 }, { slashBps: 10_001 }]) {
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
    it("REG-4 takes 10 % of active and unbonding stake; half to the challenger less the burn, half burned", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, token } = protocol;
      await registry.write.unstake([0, STAKE / 4n], { account });
      const ledger = await asLedger(protocol);
      const before = await token.read.balanceOf([challenger.account.address]);
      const hash = await registry.write.slash([0, challenger.account.address], { account: ledger });
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

    it("REG-2 a slash below MIN_STAKE deactivates from the next epoch on", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const ledger = await asLedger(protocol);
      await registry.write.unstake([0, STAKE - P.minStake], { account });
      const hash = await registry.write.slash([0, challenger.account.address], { account: ledger });
      const epoch = await epochNow();
      await assertions.emitWithArgs(hash, registry, "ActivityChanged", [0, false, epoch + 1n]);
      assert.equal(await registry.read.isActiveAt([0, epoch * EPOCH]), true);
      assert.equal(await registry.read.isActiveAt([0, (epoch + 1n) * EPOCH]), false);
      assert.equal(await registry.read.drawWeightAt([0, epoch + 1n]), 0n);
    });

    it("REG-4 NodeRegistry_OnlyLedger: nobody else slashes or unbenches", async () => {
      const { registry } = await loadFixture(networkFixture);
      for (const { account: by } of [deployer, operator]) {
        const slash = registry.write.slash([0, by.address], { account: by });
        await assertions.revertWithCustomErrorWithArgs(slash, registry, "NodeRegistry_OnlyLedger", [
          by.address,
        ]);
        const unbench = registry.write.unbench([0], { account: by });
        await assertions.revertWithCustomError(unbench, registry, "NodeRegistry_OnlyLedger");
      }
    });
  });

  describe("voting units", () => {
    it("REG-5 an operator's units are the stake of all its nodes; the clock is the timestamp", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry } = protocol;
      const before = BigInt(await time.latest());
      await registry.write.register(await registration(protocol, 7, operator), { account });
      const after = BigInt(await time.latest());
      await registry.write.unstake([0, 1n], { account });
      const who = account.address;
      assert.equal(await registry.read.getVotes([who]), 2n * STAKE - 1n);
      assert.equal(await registry.read.getPastVotes([who, before]), STAKE);
      assert.equal(await registry.read.getPastVotes([who, after]), 2n * STAKE);
      assert.equal(await registry.read.getPastTotalSupply([before]), 6n * STAKE);
      assert.equal(await registry.read.getPastTotalSupply([after]), 7n * STAKE);
      assert.equal(await registry.read.CLOCK_MODE(), "mode=timestamp");
      assert.equal(BigInt(await registry.read.clock()), BigInt(await time.latest()));
      assert.equal((await registry.read.delegates([who])).toLowerCase(), who.toLowerCase());
    });

    it("REG-5 ERC5805FutureLookup: the present is not past", async () => {
      const { registry } = await loadFixture(networkFixture);
      const now = BigInt(await time.latest());
      for (const read of [registry.read.getPastVotes([account.address, now]), registry.read.getPastTotalSupply([now])]) {
        await assertions.revertWithCustomError(read, registry, "ERC5805FutureLookup");
      }
    });

    it("REG-5 NodeRegistry_DelegationDisabled", async () => {
      const { registry } = await loadFixture(networkFixture);
      for (const call of [
        registry.read.delegate([alice.account.address]),
        registry.read.delegateBySig([alice.account.address, 0n, 0n, 27, zeroHash, zeroHash]),
      ]) {
        await assertions.revertWithCustomError(call, registry, "NodeRegistry_DelegationDisabled");
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

  describe("wiring", () => {
    it("REG-4 setLedger: the deployer, once, and only a ledger with this registry and the same windows", async () => {
      const { token } = await loadFixture(deployProtocolFixture);
      const registry = await viem.deployContract("NodeRegistry", [registryParameters(token.address)]);
      const common = {
        token: token.address,
        registry: registry.address,
        epochSeconds: 3600n,
        slotsPerEpoch: 120,
        minWitnesses: 3,
        commitSeconds: 14_400n,
        challengeSeconds: 7_200n,
        responseSeconds: 21_600n,
        challengeBond: 1n,
      };
      for (const wrong of [{ registry: token.address }, { epochSeconds: 7200n }, { commitSeconds: 1n }, { challengeSeconds: 1n }, { responseSeconds: 1n }]) {
        const other = await viem.deployContract("ProofLedger", [{ ...common, ...wrong }]);
        const set = registry.write.setLedger([other.address]);
        await assertions.revertWithCustomErrorWithArgs(set, registry, "NodeRegistry_BadLedger", [other.address]);
      }
      const ledger = await viem.deployContract("ProofLedger", [common]);
      const stranger = registry.write.setLedger([ledger.address], { account: poor.account });
      await assertions.revertWithCustomErrorWithArgs(stranger, registry, "NodeRegistry_OnlyDeployer", [
        poor.account.address,
      ]);
      await registry.write.setLedger([ledger.address]);
      const again = registry.write.setLedger([ledger.address]);
      await assertions.revertWithCustomErrorWithArgs(again, registry, "NodeRegistry_LedgerAlreadySet", [ledger.address]);
    });

    it("TOK-4 X0TVault_NotActive: a retired registry takes no stake but pays it back", async () => {
      const protocol = await loadFixture(networkFixture);
      const { registry, token } = protocol;
      await registry.write.unstake([0, STAKE], { account });
      const data = encodeFunctionData({ abi: token.abi, functionName: "removeVault", args: [registry.address] });
      await byTimelock(protocol, token.address, data);
      const staked = registry.write.stake([0, 1n], { account });
      await assertions.revertWithCustomErrorWithArgs(staked, registry, "X0TVault_NotActive", [registry.address]);
      await time.increase(P.unbondingSeconds);
      await registry.write.withdraw([0], { account });
      assert.equal(await token.read.balanceOf([account.address]), ALLOCATION);
    });
  });

  it("REG-1 isX0TVault answers, and a stranger's ETH is refused", async () => {
    const { registry } = await loadFixture(deployProtocolFixture);
    assert.equal(await registry.read.isX0TVault(), true);
    await assert.rejects(poor.sendTransaction({ to: registry.address, value: 1n }));
    assert.equal(await publicClient.getBalance({ address: registry.address }), 0n);
  });
});

function registryParameters(token: `0x${string}`) {
  return {
    token,
    epochSeconds: BigInt(PRODUCTION.epochSeconds),
    commitSeconds: BigInt(PRODUCTION.commitSeconds),
    challengeSeconds: BigInt(PRODUCTION.challengeSeconds),
    responseSeconds: BigInt(PRODUCTION.responseSeconds),
    unbondingSeconds: BigInt(PRODUCTION.unbondingSeconds),
    slashBps: PRODUCTION.slashBps,
    minStake: PRODUCTION.minStake,
  };
}
