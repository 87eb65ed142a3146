import assert from "node:assert/strict";
import { encodeFunctionData, getAddress, padHex, parseSignature, sha256, zeroAddress, zeroHash } from "viem";
import { account, operator, registration, registryParameters, rotate, STAKE } from "./support/nodes.ts";
import {
  ALLOCATION,
  alice,
  assertions,
  byTimelock,
  chainId,
  deployProtocolFixture,
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
} from "./support/protocol.ts";

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

  it("REG-1 isX0TVault answers, and a stranger's ETH is refused", async () => {
    const { registry } = await loadFixture(deployProtocolFixture);
    assert.equal(await registry.read.isX0TVault(), true);
    await assert.rejects(poor.sendTransaction({ to: registry.address, value: 1n }));
    assert.equal(await publicClient.getBalance({ address: registry.address }), 0n);
  });
});
