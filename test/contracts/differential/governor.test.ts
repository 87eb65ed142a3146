import assert from "node:assert/strict";
import { padHex, toHex, type Address } from "viem";
import { PROPOSAL_STATES, SUPPORT, type Support } from "../../../core/proposal.ts";
import { X0T } from "../../../core/parameters.ts";
import { deployProtocolFixture, loadFixture, random, time, viem } from "../support/protocol.ts";
import { as, call, deployGovernor, propose, toVoting } from "../support/proposals.ts";

const SEED = 0x60_76;
const PROPOSALS = 100;
const VOTERS = 12;
const AGE = 1_000n;
const FLOOR = 300n * X0T;
const SUPPORTS = ["against", "for", "abstain"] as const satisfies readonly Support[];

/** ⌊√n⌋ by bisection: nothing of Newton's method, which the contract uses. */
function rootDown(n: bigint): bigint {
  let [low, high] = [0n, n + 1n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= n) low = middle;
    else high = middle;
  }
  return low;
}

interface Voter {
  address: Address;
  now: bigint;
  aged: bigint;
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const most = (a: bigint, b: bigint) => (a > b ? a : b);

/** GOV-1 and GOV-2 as the spec has them. */
function model(cast: readonly { support: Support; voter: Voter }[], total: { now: bigint; aged: bigint }) {
  const raw = { against: 0n, for: 0n, abstain: 0n };
  const ballots = { against: 0n, for: 0n, abstain: 0n };
  for (const { support, voter } of cast) {
    const units = least(voter.now, voter.aged);
    raw[support] += units;
    ballots[support] += rootDown(units);
  }
  const needed = most((least(total.now, total.aged) * 20n) / 100n, FLOOR);
  const reached = raw.for + raw.abstain;
  const leads = raw.for > raw.against && (ballots.for > ballots.against || raw.for >= 2n * raw.against);
  return { raw, ballots, needed, reached, leads, state: leads && reached >= needed ? "succeeded" : "defeated" };
}

/** Sizes from a wei to millions of X0T, often equal, twice, or one wei off each other: where verdicts turn. */
function drawUnits(next: () => number, known: readonly bigint[]): bigint {
  const pick = next();
  const other = known[Math.floor(next() * known.length)] ?? X0T;
  if (pick < 0.15) return other;
  if (pick < 0.25) return other * 2n;
  if (pick < 0.35) return other + 1n;
  if (pick < 0.4) return other / 4n + 1n;
  if (pick < 0.45) return BigInt(1 + Math.floor(next() * 4));
  return BigInt(Math.floor(next() * 1e9)) * 10n ** BigInt(Math.floor(next() * 16)) + 1n;
}

/** Wild sizes, or a crowd of similar ones, or a crowd and a whale of about its size or twice it (voter 0). */
function drawVoters(next: () => number, addresses: readonly Address[]): Voter[] {
  const wild = next() < 0.4;
  const known: bigint[] = [];
  const voters = addresses.map((address) => {
    const now = wild ? drawUnits(next, known) : BigInt(100 + Math.floor(next() * 300)) * X0T;
    const aged = next() < 0.8 ? now : wild ? drawUnits(next, known) : now / 2n + 1n;
    known.push(least(now, aged));
    return { address, now, aged };
  });
  if (wild || next() < 0.4) return voters;
  const others = voters.slice(1).reduce((total, { now, aged }) => total + least(now, aged), 0n);
  const halves = BigInt(1 + Math.floor(next() * 5));
  const units = (others * halves) / 2n + BigInt(Math.floor(next() * 3)) - 1n;
  return [{ address: voters[0]!.address, now: units, aged: units }, ...voters.slice(1)];
}

describe("X0TGovernor against a model in TypeScript", () => {
  it(`GOV-1 GOV-2 tallies, quorum and verdict of ${PROPOSALS} fuzzed votes (seed ${SEED})`, async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const registry = await viem.deployContract("UnitsDouble");
    const governor = await deployGovernor(protocol, { registry: registry.address, voteAge: AGE });
    const next = random(SEED);
    const addresses = Array.from({ length: VOTERS }, (_, index) => padHex(toHex(0xd1ff_0000 + index), { size: 20 }));
    for (const address of addresses) await as(address);
    const seen = new Map<string, number>();
    for (let round = 0; round < PROPOSALS; round++) {
      const voters = drawVoters(next, addresses);
      const sum = (key: "now" | "aged") => voters.reduce((total, voter) => total + voter[key], 0n);
      const idle = next() < 0.7 ? 0n : sum("now") * BigInt(Math.floor(next() * 8));
      const total = { now: sum("now") + idle, aged: sum("aged") + idle };
      const units = ({ now, aged }: { now: bigint; aged: bigint }) => ({ now_: now, aged });
      const by = voters[0]!;
      // The proposer needs its threshold, the vote its floor: they hold it for the proposal alone.
      await registry.write.set([0n, units(total), [by.address], [{ now_: X0T * 1_000n, aged: X0T * 1_000n }]]);
      const proposal = await propose({ governor }, [call(protocol.seat, "unpause", [])], { by });
      const snapshot = await governor.read.proposalSnapshot([proposal.id]);
      await registry.write.set([snapshot - AGE, units(total), voters.map(({ address }) => address), voters.map(units)]);
      await toVoting(proposal);
      const cast: { support: Support; voter: Voter }[] = [];
      // In every other vote the first stands alone against all the others.
      const split = next() < 0.5;
      const first = next() < 0.5 ? "for" : "against";
      for (const [index, voter] of voters.entries()) {
        if (!split && next() < 0.25) continue;
        const other = first === "for" ? "against" : "for";
        const support = split ? (index === 0 ? first : other) : SUPPORTS[Math.floor(next() * 3)]!;
        await governor.write.castVote([proposal.id, SUPPORT[support]], { account: voter.address });
        cast.push({ support, voter });
      }
      const expected = model(cast, total);
      const where = `seed ${SEED}, round ${round}`;
      const inOrder = (tally: Record<Support, bigint>) => SUPPORTS.map((support) => tally[support]);
      assert.deepEqual([...(await governor.read.proposalVotes([proposal.id]))], inOrder(expected.raw), where);
      assert.deepEqual([...(await governor.read.proposalBallots([proposal.id]))], inOrder(expected.ballots), where);
      assert.deepEqual([...(await governor.read.quorumProgress([proposal.id]))], [expected.reached, expected.needed], where);
      assert.equal(await governor.read.isLeading([proposal.id]), expected.leads, where);
      await time.increaseTo((await governor.read.proposalDeadline([proposal.id])) + 1n);
      const state = PROPOSAL_STATES[await governor.read.state([proposal.id])]!;
      assert.equal(state, expected.state, where);
      const by2 = expected.raw.for >= 2n * expected.raw.against ? "twice" : expected.raw.for > expected.raw.against ? "more" : "less";
      const kind = `${by2}, ${expected.ballots.for > expected.ballots.against ? "ballots for" : "ballots not for"}, ${expected.reached >= expected.needed ? "quorum" : "no quorum"}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    // Each kind of verdict was met: the fuzz reaches all corners of GOV-2.
    for (const kind of ["twice, ballots for, quorum", "twice, ballots not for, quorum", "more, ballots for, quorum", "more, ballots not for, quorum", "less, ballots for, quorum"]) {
      assert.ok((seen.get(kind) ?? 0) > 0, `${kind} never came up: ${JSON.stringify([...seen])}`);
    }
  });
});
