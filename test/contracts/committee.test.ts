import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { maxUint256, padHex, toHex, type Hex } from "viem";
import { committeeOf, slotEntropy } from "../../core/committee.ts";
import { X0T } from "../../core/parameters.ts";
import {
  assertions,
  deployProtocolFixture,
  epochNow,
  goTo,
  loadFixture,
  networkFixture,
  networkHelpers,
  nodeIdOf,
  P,
  proofOfPossession,
  random,
  registerNode,
  time,
  viem,
  wallets,
  witnessKey,
} from "./support/protocol.ts";
import { itMeasures } from "./support/itMeasures.ts";

interface Vector {
  seed: Hex;
  node: number;
  slot: number;
  weights: string[];
  committee: number[];
}
const vectors = JSON.parse(
  await readFile(new URL("../vectors/committee.json", import.meta.url), "utf8"),
) as Vector[];

/** The longest epoch that there can be, 45 days: all that a test fills in counts from the next one on. */
const LONG_EPOCH = 45n * 86_400n;
const filled = async () => BigInt(await time.latest()) / LONG_EPOCH + 1n;

describe("committee", () => {
  it("REG-7 the tree draws what the shared vectors say", async () => {
    const tree = await viem.deployContract("RegistryHarness", [LONG_EPOCH]);
    for (const { seed, node, slot, weights, committee } of vectors) {
      const snapshot = await networkHelpers.takeSnapshot();
      await tree.write.fill([weights.map(BigInt)]);
      const drawn = await tree.read.draw([slotEntropy(seed, node, slot), await filled(), node, 5n]);
      assert.deepEqual([...drawn], committee);
      await snapshot.restore();
    }
  });

  it("REG-7 the registry draws what core/committee.ts draws, before and after stake moved", async () => {
    const { registry, ledger } = await loadFixture(networkFixture);
    const next = random(7);
    const epochs: bigint[] = [];
    for (let round = 0; round < 6; round++) {
      for (let node = 0; node < 6; node++) {
        const account = wallets[node + 1]!.account;
        const { stake } = await registry.read.getNode([node]);
        if (next() < 0.3) continue;
        const amount = BigInt(Math.floor(next() * 1e6)) * 10n ** 14n + 1n;
        if (next() < 0.4 && stake > 0n) {
          await registry.write.unstake([node, next() < 0.3 || amount > stake ? stake : amount], { account });
        } else await registry.write.stake([node, amount], { account });
      }
      epochs.push(await epochNow());
      await goTo((await epochNow()) + 1n);
      await ledger.write.poke();
    }
    for (const epoch of epochs) {
      const weights = await Promise.all([0, 1, 2, 3, 4, 5].map((node) => registry.read.drawWeightAt([node, epoch - 1n])));
      const total = weights.reduce((sum, weight) => sum + weight, 0n);
      assert.equal(await registry.read.totalDrawWeightAt([epoch - 1n]), total);
      const seed = await ledger.read.seedOf([epoch]);
      for (const node of [0, 3, 5]) {
        for (const slot of [0, 7, 11]) {
          const drawn = await ledger.read.committee([epoch, node, slot]);
          assert.deepEqual([...drawn], committeeOf({ seed, node, slot, weights }));
        }
      }
    }
  });

  it("PRF-1 epoch 0, which has none before it, has no committees", async () => {
    const { ledger } = await loadFixture(networkFixture);
    assert.deepEqual(await ledger.read.committee([0n, 0, 0]), []);
  });

  it("REG-7 weights of an epoch's committees are older than its seed: registering cannot grind it", async () => {
    const protocol = await loadFixture(networkFixture);
    const { ledger } = protocol;
    const epoch = await epochNow();
    await goTo(epoch + 1n, 5);
    // The seed of epoch + 2 is drawn in this epoch; so who registers in it may not be drawn by it.
    await ledger.write.poke();
    const before = await ledger.read.committee([epoch + 2n, 0, 3]);
    for (let node = 6; node < 12; node++) await registerNode(protocol, node, 9_000n * X0T);
    assert.deepEqual(await ledger.read.committee([epoch + 2n, 0, 3]), before);
    await goTo(epoch + 3n);
    assert.deepEqual(await ledger.read.committee([epoch + 2n, 0, 3]), before);
  });

  itMeasures("REG-7 a draw in a register of thousands of nodes costs bounded gas", async () => {
    const tree = await viem.deployContract("RegistryHarness", [LONG_EPOCH]);
    for (let i = 0; i < 8; i++) {
      await tree.write.fill([Array.from({ length: 256 }, (_, k) => 100n * X0T + BigInt(k))]);
    }
    const gas = await tree.read.drawGas([padHex(toHex(5n), { size: 32 }), await filled(), 1_000, 5n]);
    assert.ok(gas < 450_000n, `${gas}`);
  });

  it("REG-7 a tenfold stake is drawn about ten times as often", async () => {
    const tree = await viem.deployContract("RegistryHarness", [LONG_EPOCH]);
    await tree.write.fill([[10n, 1n, 10n, 1n, 10n, 1n, 10n, 1n].map((weight) => weight * 100n * X0T)]);
    const epoch = await filled();
    const first = new Map<number, number>();
    for (let i = 0; i < 400; i++) {
      const [node] = await tree.read.draw([padHex(toHex(i), { size: 32 }), epoch, 99, 1n]);
      first.set(node!, (first.get(node!) ?? 0) + 1);
    }
    const heavy = [0, 2, 4, 6].reduce((sum, node) => sum + (first.get(node) ?? 0), 0);
    // 4 · 10 / 44 of 400 draws is 364, its standard deviation 6.
    assert.ok(heavy > 335 && heavy < 390, `${heavy}`);
  });

  it("REG-1 many nodes may have one operator, each with keys of its own", async () => {
    const { registry, token } = await loadFixture(deployProtocolFixture);
    const { account } = wallets[1]!;
    await token.write.approve([registry.address, maxUint256], { account });
    for (let index = 100; index < 105; index++) {
      const key = witnessKey(index);
      const proof = await proofOfPossession(registry.address, key, account.address, nodeIdOf(index));
      await registry.write.register([nodeIdOf(index), key.address, nodeIdOf(1), P.minStake, proof], { account });
    }
    assert.equal(await registry.read.getVotes([account.address]), 5n * P.minStake);
    await assertions.revertWithCustomError(registry.read.getNode([5]), registry, "NodeRegistry_UnknownNode");
  });
});
