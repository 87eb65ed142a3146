import assert from "node:assert/strict";
import type { Address } from "viem";
import { epochRewardsAbi } from "../../../core/abi/EpochRewards.ts";
import { marketplaceAbi } from "../../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../../core/abi/NodeRegistry.ts";
import { x0tTokenAbi } from "../../../core/abi/X0TToken.ts";
import { finalBefore } from "../../../core/epochTime.ts";
import type { ProtocolChain } from "../../support/protocolChain.ts";
import type { RunningIndexer } from "./indexerProcess.ts";
import { readRows, type Rows } from "./rows.ts";

const RECENT_EPOCHS = 168;

type Amount = number | string | bigint;

export function total<Row>(rows: readonly Row[], amount: (row: Row) => Amount): bigint {
  return rows.reduce((sum, row) => sum + BigInt(amount(row)), 0n);
}

/** Every kept total, against the rows that it sums (which other comparisons hold against the chain) and against the contracts. */
export async function compareTotals(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { timestamp } = await chain.head();
  const rows = await readRows(indexer);
  const now = { epoch: await chain.epoch(), final: finalBefore(chain.parameters, timestamp) };
  await compareNodeTotals(rows, chain, now);
  await compareOperators(rows, chain);
  await compareEpochs(rows, chain, now);
  await compareNetwork(rows, chain, now);
  await compareDays(rows, chain);
}

interface Now {
  epoch: number;
  final: number;
}

async function compareNodeTotals(rows: Rows, chain: ProtocolChain, now: Now): Promise<void> {
  const rewards = { address: chain.contracts.EpochRewards, abi: epochRewardsAbi } as const;
  for (const row of rows.nodes) {
    const of = <Row extends { node: number | null }>(all: readonly Row[]) => all.filter(({ node }) => node === row.index);
    const commits = of(rows.commits);
    const [valid, voided] = [commits.filter((commit) => !commit.voided), commits.filter((commit) => commit.voided)];
    const recent = <Row extends { epoch: number }>(all: readonly Row[]) =>
      all.filter(({ epoch }) => epoch < now.final && epoch >= now.final - RECENT_EPOCHS);
    const claims = of(rows.claims);
    let claimable = 0n;
    for (const { epoch, reward } of commits.filter(({ epoch }) => epoch < now.final)) {
      const claimed = claims.find((claim) => claim.epoch === epoch);
      const open = claimed !== undefined ? BigInt(claimed.amount) : await chain.client.readContract({ ...rewards, functionName: "claimable", args: [row.index, BigInt(epoch)] });
      assert.equal(reward, String(open), `REW-2 reward of ${row.index} for ${epoch}`);
      claimable += open;
    }
    const challenges = of(rows.challenges);
    const leases = of(rows.leases);
    const status = (...wanted: string[]) => challenges.filter((challenge) => wanted.includes(challenge.status)).length;
    const expected: Record<string, Amount | null> = {
      commitCount: commits.length,
      voidCount: voided.length,
      lastCommitEpoch: commits.length === 0 ? null : Math.max(...commits.map(({ epoch }) => epoch)),
      slots: Number(total(valid, ({ slots }) => slots)),
      relayedBytes: total(valid, ({ relayedBytes }) => relayedBytes),
      recentSlots: Number(total(recent(valid), ({ slots }) => slots)),
      recentCommits: recent(valid).length,
      recentVoids: recent(voided).length,
      challengeCount: challenges.length,
      challengesAnswered: status("answered"),
      challengesLost: status("overdue"),
      earned: claimable,
      claimed: total(claims, ({ amount }) => amount),
      redeemed: total(of(rows.redemptions), ({ amount }) => amount),
      redemptionCount: of(rows.redemptions).length,
      leaseCount: leases.length,
      leaseIncome: total(leases, ({ paid }) => paid),
      leaseEpochsPaid: Number(total(leases, ({ paidEpochs }) => paidEpochs)),
      leaseEpochsRefunded: Number(total(leases, ({ refundedEpochs }) => refundedEpochs)),
      leaseEpochsBurned: Number(total(leases, ({ burnedEpochs }) => burnedEpochs)),
    };
    compareColumns(row as unknown as Record<string, unknown>, expected, `node ${row.index}`);
  }
}

async function compareOperators(rows: Rows, chain: ProtocolChain): Promise<void> {
  const registry = { address: chain.contracts.NodeRegistry, abi: nodeRegistryAbi } as const;
  for (const row of rows.operators) {
    const nodes = rows.nodes.filter(({ operator }) => operator === row.address);
    const to = rows.payments.filter((payment) => payment.to === row.address);
    const gross = (kind: string) => total(to.filter((payment) => payment.kind === kind), ({ net, burned }) => BigInt(net) + BigInt(burned));
    const expected = {
      nodeCount: nodes.length,
      stake: await chain.client.readContract({ ...registry, functionName: "getVotes", args: [row.address as Address] }),
      unbonding: total(nodes, ({ unbonding }) => unbonding),
      slashed: total(nodes, ({ slashed }) => slashed),
      earned: total(nodes, ({ earned }) => earned),
      claimed: gross("rewards"),
      redeemed: gross("channels"),
      leaseIncome: gross("leases"),
      challengeIncome: gross("challenges"),
      burned: total(to, ({ burned }) => burned),
    };
    compareColumns(row as unknown as Record<string, unknown>, expected, `operator ${row.address}`);
  }
  const paid = new Set(rows.payments.map(({ to }) => to));
  for (const { operator } of rows.nodes) paid.add(operator);
  assert.deepEqual(new Set(rows.operators.map(({ address }) => address)), paid);
}

async function compareEpochs(rows: Rows, chain: ProtocolChain, now: Now): Promise<void> {
  const registry = { address: chain.contracts.NodeRegistry, abi: nodeRegistryAbi } as const;
  const rewards = { address: chain.contracts.EpochRewards, abi: epochRewardsAbi } as const;
  const running = rows.epochs.find(({ epoch }) => epoch === now.epoch);
  assert.notEqual(running?.activeNodes ?? null, null, "the running epoch has its row");
  const price = new Map(rows.leases.map(({ id, pricePerEpoch }) => [id, pricePerEpoch]));
  for (const row of rows.epochs) {
    const commits = rows.commits.filter(({ epoch }) => epoch === row.epoch);
    const valid = commits.filter(({ voided }) => !voided);
    const leased = (outcome: string) =>
      total(rows.leaseEpochs.filter((leaseEpoch) => leaseEpoch.epoch === row.epoch && leaseEpoch.outcome === outcome), ({ lease }) => price.get(lease) ?? "0");
    const of = <Row extends { epoch: number }>(all: readonly Row[]) => all.filter(({ epoch }) => epoch === row.epoch);
    const expected: Record<string, Amount | null> = {
      commitCount: commits.length,
      voidCount: commits.length - valid.length,
      slots: Number(total(valid, ({ slots }) => slots)),
      relayedBytes: total(valid, ({ relayedBytes }) => relayedBytes),
      claimed: total(of(rows.claims), ({ amount }) => amount),
      redeemed: total(of(rows.redemptions), ({ amount }) => amount),
      burned: total(of(rows.burns), ({ amount }) => amount),
      leasePaid: leased("paid"),
      leaseRefunded: leased("refunded"),
      leaseBurned: leased("burned"),
    };
    const [opened, earned] = await chain.client.readContract({ ...rewards, functionName: "earnedOf", args: [BigInt(row.epoch)] });
    expected["earned"] = opened ? earned : null;
    if (opened) expected["reward"] = earned;
    if (row.activeNodes !== null) {
      const start = BigInt(row.startsAt);
      const epoch = BigInt(row.epoch);
      const read = [
        chain.client.readContract({ ...registry, functionName: "getPastTotalSupply", args: [start - 1n] }),
        chain.client.readContract({ ...rewards, functionName: "poolPerEpochAt", args: [epoch] }),
        chain.client.readContract({ ...rewards, functionName: "targetStakeAt", args: [epoch] }),
      ];
      const active = await Promise.all(rows.nodes.map(({ index }) => chain.client.readContract({ ...registry, functionName: "isActiveAt", args: [index, start] })));
      const [stake, poolPerEpoch, targetStake] = (await Promise.all(read)) as [bigint, bigint, bigint];
      Object.assign(expected, { stake, poolPerEpoch, targetStake, activeNodes: active.filter(Boolean).length });
    }
    compareColumns(row as unknown as Record<string, unknown>, expected, `epoch ${row.epoch}`);
  }
  for (const { index, active, activeEpochs, activeFromEpoch } of rows.nodes) {
    const begun = rows.epochs.filter(({ activeNodes, epoch }) => activeNodes !== null && epoch < now.epoch);
    const seen = await Promise.all(begun.map(({ startsAt }) => chain.client.readContract({ ...registry, functionName: "isActiveAt", args: [index, BigInt(startsAt)] })));
    const least = seen.filter(Boolean).length;
    const counted = activeEpochs + (activeFromEpoch === null ? 0 : now.epoch - activeFromEpoch);
    assert.equal(active, activeFromEpoch !== null);
    // Epochs without a block have no row.
    assert.ok(counted >= least, `node ${index} was active in ${least} epochs or more, not ${counted}`);
  }
}

async function compareNetwork(rows: Rows, chain: ProtocolChain, now: Now): Promise<void> {
  const { contracts, client } = chain;
  const held = (account: Address) => client.readContract({ address: contracts.X0TToken, abi: x0tTokenAbi, functionName: "balanceOf", args: [account] });
  const valid = rows.commits.filter(({ voided }) => !voided);
  const paid = (kind: string) => total(rows.payments.filter((payment) => payment.kind === kind), ({ net, burned }) => BigInt(net) + BigInt(burned));
  const reserve = await client.readContract({ address: contracts.EpochRewards, abi: epochRewardsAbi, functionName: "unallocated" });
  const at = BigInt((await chain.head()).timestamp);
  const active = await Promise.all(rows.nodes.map(({ index }) => client.readContract({ address: contracts.NodeRegistry, abi: nodeRegistryAbi, functionName: "isActiveAt", args: [index, at] })));
  const expected = {
    epoch: now.epoch,
    finalBefore: now.final,
    nodes: rows.nodes.length,
    activeNodes: active.filter(Boolean).length,
    operators: new Set(rows.nodes.map(({ operator }) => operator)).size,
    stake: total(rows.nodes, ({ stake }) => stake),
    unbonding: total(rows.nodes, ({ unbonding }) => unbonding),
    bonds: await held(contracts.ProofLedger),
    reserve,
    rewardsOwed: (await held(contracts.EpochRewards)) - reserve,
    channelDeposits: await held(contracts.RelayChannels),
    escrow: await client.readContract({ address: contracts.Marketplace, abi: marketplaceAbi, functionName: "escrowed" }),
    openChannels: rows.channels.filter(({ closed }) => !closed).length,
    openListings: rows.listings.filter(({ open }) => open).length,
    leases: rows.leases.length,
    openLeases: rows.leases.filter(({ settled }) => !settled).length,
    commits: rows.commits.length,
    voids: rows.commits.length - valid.length,
    slots: Number(total(valid, ({ slots }) => slots)),
    relayedBytes: total(valid, ({ relayedBytes }) => relayedBytes),
    slashed: total(rows.nodes, ({ slashed }) => slashed),
    burned: await client.readContract({ address: contracts.X0TToken, abi: x0tTokenAbi, functionName: "totalBurned" }),
    paidRewards: paid("rewards"),
    paidChannels: paid("channels"),
    paidLeases: paid("leases"),
    paidChallenges: paid("challenges"),
    paidOther: paid("other"),
  };
  assert.equal(rows.networks.length, 1);
  compareColumns(rows.networks[0] as unknown as Record<string, unknown>, expected, "network");
  assert.equal(expected.stake + expected.unbonding, await held(contracts.NodeRegistry), "REG-6 with nothing given away");
  assert.equal(total(rows.channels, ({ remaining }) => remaining), expected.channelDeposits, "Σ remaining");
  assert.equal(total(rows.leases, ({ pendingEpochs, pricePerEpoch }) => BigInt(pendingEpochs) * BigInt(pricePerEpoch)), expected.escrow);
}

async function compareDays(rows: Rows, chain: ProtocolChain): Promise<void> {
  for (const row of rows.days) {
    const on = <Row extends { timestamp: string }>(all: readonly Row[]) => all.filter(({ timestamp }) => Math.floor(Number(timestamp) / 86_400) === row.day);
    const paid = (kind: string) => total(on(rows.payments).filter((payment) => payment.kind === kind), ({ net, burned }) => BigInt(net) + BigInt(burned));
    const commits = on(rows.commits.map((commit) => ({ ...commit, timestamp: commit.committedAt })));
    const expected = {
      startsAt: row.day * 86_400,
      burned: total(on(rows.burns), ({ amount }) => amount),
      paidRewards: paid("rewards"),
      paidChannels: paid("channels"),
      paidLeases: paid("leases"),
      paidChallenges: paid("challenges"),
      paidOther: paid("other"),
      commits: commits.length,
      relayedBytes: total(commits, ({ relayedBytes }) => relayedBytes),
      registrations: on(rows.nodes.map(({ registeredAt }) => ({ timestamp: registeredAt }))).length,
      leases: on(rows.leases.map(({ rentedAt }) => ({ timestamp: rentedAt }))).length,
    };
    compareColumns(row as unknown as Record<string, unknown>, expected, `day ${row.day}`);
  }
  const burned = total(rows.days, (row) => row.burned);
  assert.equal(burned, total(rows.burns, ({ amount }) => amount), "every burn has its day");
  const supply = await chain.client.readContract({ address: chain.contracts.X0TToken, abi: x0tTokenAbi, functionName: "totalSupply" });
  assert.equal(rows.days.at(-1)?.supply ?? String(supply), String(supply));
}

function compareColumns(row: Record<string, unknown>, expected: Record<string, Amount | null>, what: string): void {
  const plain = (value: unknown) => (value === null || value === undefined ? null : String(value));
  const columns = Object.keys(expected);
  assert.deepEqual(
    Object.fromEntries(columns.map((column) => [column, plain(row[column])])),
    Object.fromEntries(columns.map((column) => [column, plain(expected[column])])),
    what,
  );
}
