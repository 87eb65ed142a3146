import { padHex, toHex, type Account, type Hex } from "viem";
import { quorumOf } from "../../../core/committee.ts";
import { voucher } from "../../../core/eip712.ts";
import { PRODUCTION, X0T } from "../../../core/parameters.ts";
import { receiptsRoot, sortReceipts, type Receipt } from "../../../core/receiptTree.ts";
import { alice, bob, chainId, challenger, gasOf, time, wallets, witnessKey, type Protocol } from "./protocol.ts";
import { committeeOf, signReceipt, slotAnswers } from "./proofs.ts";
import { call, propose } from "./proposals.ts";
import { commitOf, commitOpen, epochNow, goTo, growTo, OPEN_EPOCHS, operatorOf, register } from "./gasNetwork.ts";

/** Gas by act. */
export type Gas = Record<string, number>;

/** What acts should cost at most; the others have no target. */
export const TARGETS: Gas = {
  transfer: 55_000,
  register: 700_000,
  registerPowerOfTwo: 700_000,
  commit: 110_000,
  commitBatchPerEpoch: 70_000,
  claimPerEpoch: 15_000,
  redeemBatchEach: 40_000,
  settlePerEpoch: 25_000,
  answer: 700_000,
};

export const SMALL = 10;
export const LARGE = 10_000;
const CLAIMED = 24;
const REDEEMED = 10;
const FINAL_AFTER = (PRODUCTION.commitSeconds + PRODUCTION.challengeSeconds + PRODUCTION.responseSeconds) / PRODUCTION.epochSeconds + 1;
/** Node 3 commits without a receipt, and pays for it. */
const LIAR = 3;

/** Operators without a node before they register, one each time. */
const newcomers = wallets.slice(8, 12).map(({ account }) => account) as [Account, Account, Account, Account];

/** What acts cost in the network of 10 nodes that `gasNetwork` began. */
export async function measureSmall(protocol: Protocol): Promise<Gas> {
  // What the first run opens stays open: the second costs what every later day does.
  const opening = await measureGas(protocol, newcomers[0]);
  await growTo(protocol, SMALL - 1);
  const gas = await measureGas(protocol, newcomers[1]);
  return { ...gas, registerPowerOfTwo: opening["register"]! };
}

/** The same network once it has 10,000. The 8th and the 8,192nd are dearer to register than the nodes after them. */
export async function measureLarge(protocol: Protocol): Promise<Gas> {
  await growTo(protocol, 2 ** 13 - 1);
  const powerOfTwo = Number(await gasOf(await register(protocol, newcomers[2])));
  await growTo(protocol, LARGE - 1);
  const gas = await measureGas(protocol, newcomers[3]);
  return { ...gas, registerPowerOfTwo: powerOfTwo };
}

/** Two days of the network, and what each act of them costs. */
async function measureGas(protocol: Protocol, newcomer: Account): Promise<Gas> {
  const gas: Gas = {};
  const record = async (act: string, hash: Hex, divisor = 1) => {
    gas[act] = Math.round(Number(await gasOf(hash)) / divisor);
  };
  const { token, registry, ledger, rewards, marketplace, governor } = protocol;

  await record("transfer", await token.write.transfer([bob.account.address, 12_345n], { account: alice.account }));
  await record("register", await register(protocol, newcomer));
  // Every fourth seed opens a slot of the list of seeds.
  let pokes = 0;
  for (let i = 0; i < 4; i++) {
    await goTo((await epochNow()) + 1);
    pokes += Number(await gasOf(await ledger.write.poke()));
  }
  gas["poke"] = pokes / 4;
  await record("stake", await registry.write.stake([4, X0T], { account: operatorOf(4) }));

  const first = (await epochNow()) + 1;
  await record("rent", await marketplace.write.rent([1n, CLAIMED], { account: alice.account }));
  const proposal = await propose(protocol, [call(rewards, "setParameters", [PRODUCTION.poolPerEpoch, PRODUCTION.targetStake])]);
  for (let epoch = first; epoch <= first + CLAIMED; epoch += OPEN_EPOCHS) {
    const { batch, neighbours } = await commitOpen(protocol, epoch, 2);
    // Whoever commits an epoch first opens its total.
    await record("commitBatchFirstPerEpoch", neighbours!, OPEN_EPOCHS);
    await record("commitBatchPerEpoch", batch, 2 * OPEN_EPOCHS);
  }
  await record("castVote", await governor.write.castVote([proposal.id, 1], { account: operatorOf(2) }));

  await measureChallenges(protocol, record);
  await goTo((await epochNow()) + FINAL_AFTER);
  await measureClaims(protocol, first, gas);
  await record("settlePerEpoch", await marketplace.write.settle([await marketplace.read.leaseCount(), BigInt(CLAIMED)]), CLAIMED);
  await measureChannels(protocol, record);
  return gas;
}

type Recorder = (act: string, hash: Hex, divisor?: number) => Promise<void>;

async function measureChallenges(protocol: Protocol, record: Recorder): Promise<void> {
  const { ledger } = protocol;
  const epoch = await epochNow();
  await goTo(epoch + 1);
  await ledger.write.poke();
  const receipts = await receiptsOf(protocol, epoch);
  await ledger.write.commit([commitOf(LIAR, epoch)], { account: operatorOf(LIAR) });
  await record("commit", await ledger.write.commit([commitOf(0, epoch, receiptsRoot(receipts))], { account: operatorOf(0) }));
  const by = { account: challenger.account };
  await record("challenge", await ledger.write.challenge([0, BigInt(epoch), 1n], by));
  const answer = await ledger.write.answer([0, BigInt(epoch), 0n, slotAnswers(receipts, [0])], { account: operatorOf(0) });
  await record("answer", answer);
  await ledger.write.challenge([LIAR, BigInt(epoch), 1n], by);
  await time.increase(PRODUCTION.responseSeconds + 1);
  await record("enforce", await ledger.write.enforce([LIAR, BigInt(epoch)], by));
}

/** A quorum for every slot, as large as a tree gets; only those of slot 0, which is asked for, are true. */
async function receiptsOf(protocol: Protocol, epoch: number): Promise<Receipt[]> {
  const members = await committeeOf(protocol, BigInt(epoch), 0, 0);
  const sign = (witness: number) => signReceipt(protocol.ledger.address, { epoch: BigInt(epoch), slot: 0, node: 0, witness });
  const quorum = await Promise.all(members.slice(0, quorumOf(members.length)).map(sign));
  const others = Array.from({ length: PRODUCTION.slotsPerEpoch - 1 }, (_, slot) =>
    quorum.map(({ witness }) => ({ slot: slot + 1, witness, signature: padHex(toHex(slot + 1), { size: 65 }) })),
  );
  return sortReceipts([...quorum, ...others.flat()]);
}

/** Node 1 claims what nobody opened, node 0 what node 1 opened. */
async function measureClaims({ rewards }: Protocol, first: number, gas: Gas): Promise<void> {
  const claim = async (node: number, from: number, count: number) =>
    Number(await gasOf(await rewards.write.claim([node, Array.from({ length: count }, (_, i) => BigInt(from + i))])));
  const rest = CLAIMED - 1;
  const [opening, openings] = [await claim(1, first, 1), await claim(1, first + 1, CLAIMED)];
  const [single, many] = [await claim(0, first, 1), await claim(0, first + 1, CLAIMED)];
  gas["claim"] = single;
  gas["claimPerEpoch"] = Math.round((many - single) / rest);
  gas["claimPerEpochOpened"] = Math.round((openings - opening) / rest);
}

async function measureChannels({ channels }: Protocol, record: Recorder): Promise<void> {
  const payee = operatorOf(2);
  const signer = witnessKey(999_999);
  const ids: Hex[] = [];
  for (let i = 0; i <= REDEEMED; i++) {
    const nonce = await channels.read.nonceOf([alice.account.address, payee.address]);
    ids.push(await channels.read.channelId([alice.account.address, payee.address, nonce]));
    await record("openChannel", await channels.write.open([payee.address, signer.address, 50n * X0T], { account: alice.account }));
  }
  const vouchers = await Promise.all(
    ids.map(async (channel) => {
      const message = voucher({ chainId, channels: channels.address }, { channel, cumulative: X0T });
      return { channel, cumulative: X0T, signature: await signer.signTypedData(message) };
    }),
  );
  const [one, ...rest] = vouchers;
  await record("redeem", await channels.write.redeem([one!.channel, one!.cumulative, one!.signature], { account: payee }));
  await record("redeemBatchEach", await channels.write.redeemMany([rest], { account: payee }), REDEEMED);
}

