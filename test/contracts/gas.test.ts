import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { maxUint256, sha256, type Hex } from "viem";
import { voucher } from "../../core/eip712.ts";
import { X0T } from "../../core/parameters.ts";
import { itMeasures } from "./support/itMeasures.ts";
import {
  alice,
  bob,
  chainId,
  challenger,
  epochNow,
  gasOf,
  goTo,
  loadFixture,
  networkFixture,
  nodeIdOf,
  proofOfPossession,
  registerNode,
  SLOTS,
  time,
  wallets,
  witnessKey,
} from "./support/protocol.ts";
import { commitArgs, commitTruth, slotAnswers } from "./support/proofs.ts";

const SNAPSHOT = new URL("./gas.snapshot.json", import.meta.url);
const ALL = Array.from({ length: SLOTS }, (_, slot) => slot);

/** What each act may cost at most; the snapshot holds what it costs (legacy pipeline, 200 optimizer runs). */
const LIMITS: Record<string, number> = {
  "transfer, both known": 55_000,
  register: 700_000,
  stake: 400_000,
  "commit, all slots": 125_000,
  "commit, per node in a batch of 2": 115_000,
  poke: 100_000,
  challenge: 260_000,
  "answer, one slot of 3 receipts": 700_000,
  enforce: 400_000,
  "claim, first epoch": 180_000,
  "claim, per further epoch": 15_000,
  "open channel": 190_000,
  "redeem, first": 110_000,
  "redeem, per voucher in a batch of 8": 40_000,
};

/** Per cent by which a figure may differ from the snapshot. Whom the seed draws differs from run to run. */
const DRIFT: Record<string, number> = { "answer, one slot of 3 receipts": 5 };
const LEAST_DRIFT = 0.5;

/** At a fixed time: calldata, and so the figures, are the same in every run. */
async function gasFixture() {
  await time.increaseTo(4_000_000_000n);
  return networkFixture();
}

/** One run of everything, from a fixed state; @returns gas by act. */
async function measure(): Promise<Record<string, number>> {
  const gas: Record<string, number> = {};
  const record = async (act: string, hash: Hex, divisor = 1) => {
    gas[act] = Math.round(Number(await gasOf(hash)) / divisor);
  };
  const protocol = await loadFixture(gasFixture);
  const { token, registry, ledger, rewards, channels } = protocol;
  const [one, two, three] = [wallets[1]!.account, wallets[2]!.account, wallets[3]!.account];

  await token.write.transfer([bob.account.address, 1000n], { account: alice.account });
  await record("transfer, both known", await token.write.transfer([bob.account.address, 12_345n], { account: alice.account }));

  const key = witnessKey(6);
  const proof = await proofOfPossession(registry.address, key, one.address, nodeIdOf(6));
  const args = [nodeIdOf(6), key.address, sha256("0x01"), 1_000n * X0T, proof] as const;
  await record("register", await registry.write.register(args, { account: one }));
  await registerNode(protocol, 7);
  await goTo((await epochNow()) + 1n);
  await record("stake", await registry.write.stake([0, X0T], { account: one }));

  await goTo((await epochNow()) + 1n);
  // A node's first commit also opens its progress record, 17,100 gas once.
  for (const [node, account] of [[0, one], [6, one], [1, two]] as const) {
    await ledger.write.commit([commitArgs(node, (await epochNow()) - 1n, [])], { account });
  }
  await goTo((await epochNow()) + 1n);
  await record("poke", await ledger.write.poke());
  const epoch = (await epochNow()) - 1n;
  const root = { receiptsRoot: nodeIdOf(1), cid: nodeIdOf(2) };
  await ledger.write.commit([commitArgs(2, epoch, ALL)], { account: three });
  await record("commit, all slots", await ledger.write.commit([{ ...commitArgs(1, epoch, ALL), ...root }], { account: two }));
  const batch = [0, 6].map((node) => ({ ...commitArgs(node, epoch, ALL), ...root }));
  await record("commit, per node in a batch of 2", await ledger.write.commitBatch([batch], { account: one }), 2);
  const receipts = await commitTruth(protocol, 3, epoch, ALL);
  const by = challenger.account;
  await record("challenge", await ledger.write.challenge([3, epoch, 1n], { account: by }));
  await record("answer, one slot of 3 receipts", await ledger.write.answer([3, epoch, 0n, slotAnswers(receipts, [0])], { account: by }));
  await ledger.write.challenge([1, epoch, 1n], { account: by });
  await goTo(epoch + 3n);
  await record("enforce", await ledger.write.enforce([1, epoch], { account: by }));

  await record("claim, first epoch", await rewards.write.claim([2, [epoch - 1n]]));
  const epochs = Array.from({ length: 21 }, (_, i) => epoch - 40n + BigInt(i));
  await rewards.write.claim([0, epochs]);
  const single = await gasOf(await rewards.write.claim([4, epochs.slice(0, 1)]));
  const many = await gasOf(await rewards.write.claim([5, epochs]));
  gas["claim, per further epoch"] = Number(many - single) / 20;

  await token.write.approve([channels.address, maxUint256], { account: alice.account });
  const ids: Hex[] = [];
  for (let nonce = 0n; nonce < 9n; nonce++) {
    const hash = await channels.write.open([one.address, key.address, 50n * X0T], { account: alice.account });
    await record("open channel", hash);
    ids.push(await channels.read.channelId([alice.account.address, one.address, nonce]));
  }
  const items = await Promise.all(
    ids.map(async (channel) => {
      const message = voucher({ chainId, channels: channels.address }, { channel, cumulative: X0T });
      return { channel, cumulative: X0T, signature: await key.signTypedData(message) };
    }),
  );
  const [first, ...rest] = items;
  await record("redeem, first", await channels.write.redeem([first!.channel, X0T, first!.signature], { account: one }));
  await record("redeem, per voucher in a batch of 8", await channels.write.redeemMany([rest], { account: one }), 8);
  return gas;
}

describe("gas", () => {
  itMeasures("every act stays below its limit and as the snapshot says (X0T_GAS_SNAPSHOT=write renews it)", async () => {
    const gas = await measure();
    const dear = Object.entries(gas).filter(([act, used]) => used > LIMITS[act]!);
    assert.deepEqual(dear, []);
    assert.deepEqual(Object.keys(gas).sort(), Object.keys(LIMITS).sort());
    const text = `${JSON.stringify(gas, null, 2)}\n`;
    if (process.env["X0T_GAS_SNAPSHOT"] === "write") await writeFile(SNAPSHOT, text);
    const known = JSON.parse(await readFile(SNAPSHOT, "utf8")) as Record<string, number>;
    for (const [act, used] of Object.entries(gas)) {
      const drift = Math.abs(used - known[act]!);
      assert.ok(drift <= (known[act]! * (DRIFT[act] ?? LEAST_DRIFT)) / 100, `${act}: ${used}, the snapshot says ${known[act]}`);
    }
  });
});
