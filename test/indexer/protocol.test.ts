import assert from "node:assert/strict";
import { readProposal } from "../../chain/readProposal.ts";
import { readLeaseIds, readLeaseRecords, readNodeHistory } from "../../cli/market/leaseRecords.ts";
import { readIndexedListings } from "../../cli/market/readOffers.ts";
import type { Network } from "../../cli/network.ts";
import { X0T } from "../../core/parameters.ts";
import { startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { readIndexedLeases } from "../../workers/indexedLeases.ts";
import { compareWithChain } from "./support/compareWithChain.ts";
import { createIndexerHome, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { tear } from "./support/tear.ts";
import { createTraffic, LEASE_WEI, NODES } from "./support/traffic.ts";

describe("indexer over the deployed protocol", function () {
  this.timeout(240_000);
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let traffic: ReturnType<typeof createTraffic>;

  before(async () => {
    chain = await startProtocolChain();
    traffic = createTraffic(chain);
    const { rpcUrl, book: addressBook } = chain;
    home = await createIndexerHome({ rpcUrl, addressBook, parameters: { devnetEpochSeconds: 12 } });
  });

  after(async () => {
    await indexer?.kill("SIGKILL");
    await chain?.close();
    await home?.remove();
  });

  it("TOK-5 rebuilds every balance to the wei, from the deployment on", async () => {
    await traffic.registerAll();
    await traffic.payAll();
    await traffic.transfer(6, 7, 99n);
    await traffic.transfer(7, 8, 12_345n * X0T + 1n);
    indexer = home.start();
    await indexer.ready();
    await compareWithChain(indexer, chain);
  });

  it("PRF-4 PRF-5 REG-2 REG-4 sees void, final, slashed and claimed as the contracts do", async () => {
    await chain.warpToEpoch((await chain.epoch()) + 2);
    const epoch = await traffic.commitEpoch();
    await compareWithChain(indexer, chain);
    const deadline = await traffic.challenge(2, epoch, [3, 7]);
    await compareWithChain(indexer, chain);
    await chain.warpTo(Number(deadline) + 1);
    await compareWithChain(indexer, chain);
    await traffic.enforce(2, epoch);
    for (const node of NODES) await traffic.claim(node, epoch);
    await compareWithChain(indexer, chain);
    const { challenges, claims, epoch: row } = await indexer.query<{
      challenges: { items: unknown[] };
      claims: { items: { node: number; amount: string }[] };
      epoch: { voidCount: number; commitCount: number; slots: number; relayedBytes: string; claimed: string };
    }>(`{ challenges { items { node epoch slots status commit { voided enforced } } }
      claims(where: {epoch: ${epoch}}) { items { node amount } }
      epoch(epoch: ${epoch}) { voidCount commitCount slots relayedBytes claimed } }`);
    const commit = { voided: true, enforced: true };
    assert.deepEqual(challenges.items, [{ node: 2, epoch, slots: 2, status: "overdue", commit }]);
    assert.deepEqual(claims.items.map(({ node }) => node), NODES);
    assert.equal(claims.items[2]?.amount, "0");
    const claimed = claims.items.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    assert.deepEqual(row, { voidCount: 1, commitCount: 3, slots: 24, relayedBytes: "400000000", claimed: String(claimed) });
  });

  it("MKT-1 to MKT-6 sees offers, leases and what became of each epoch as the contracts do", async () => {
    const [one, two, three] = await Promise.all(NODES.map((node) => traffic.offer(node))) as [bigint, bigint, bigint];
    await traffic.delist(2, await traffic.offer(2));
    const full = await traffic.rent(one, 3);
    const cut = await traffic.rent(two, 40);
    const rejected = await traffic.rent(three, 40);
    await compareWithChain(indexer, chain);
    await chain.warpToEpoch(full.first);
    await traffic.commitEpoch([0, 2]);
    await traffic.reject(rejected.lease, rejected.first);
    await traffic.commitEpoch([0]);
    await compareWithChain(indexer, chain);
    await chain.warpToEpoch(full.end + 2);
    const named = async (least: number) => {
      const due = { finalBefore: (await chain.epoch()) - 3, least };
      const found = await readIndexedLeases(`${indexer.url}/graphql`, due, AbortSignal.timeout(5_000));
      return found && { ...found, leases: found.leases.map(Number) };
    };
    await compareWithChain(indexer, chain);
    const indexedAt = (await chain.head()).timestamp;
    // Of each lease two epochs are final; the rejected one has no more to come.
    assert.deepEqual(await named(1), { leases: [1, 2, 3], whole: true, indexedAt }, "what the janitor asks for");
    assert.deepEqual(await named(2), { leases: [1, 2, 3], whole: true, indexedAt });
    assert.deepEqual(await named(3), { leases: [3], whole: true, indexedAt });
    const leases = [full.lease, cut.lease, rejected.lease];
    await traffic.settle(leases.slice(1));
    await compareWithChain(indexer, chain);
    await chain.warpToEpoch(full.end + 3);
    await traffic.settle(leases);
    await compareWithChain(indexer, chain);
    const { leases: rows, leaseEpochs } = await indexer.query<{ leases: { items: unknown[] }; leaseEpochs: { items: unknown[] } }>(
      `{ leases(where: {settled: true}, orderBy: "id") { items { id paidEpochs refundedEpochs burnedEpochs paid refunded burned pending endReason relay { index } } }
      leaseEpochs(where: {lease: ${rejected.lease}}, orderBy: "epoch") { items { epoch outcome rejected leased { node } } } }`,
    );
    const network = { graphqlUrl: `${indexer.url}/graphql` } as Network;
    const all = { node: 2, tenant: chain.accounts[14]!.address, open: false };
    assert.deepEqual(await readLeaseIds(network, all, 10), [rejected.lease], "what the command line asks for");
    assert.deepEqual(await readLeaseIds(network, { open: true }, 10), []);
    const records = await readLeaseRecords(network, leases);
    assert.deepEqual(records?.get(cut.lease), { id: 2, next: cut.first + 3, end: cut.first + 3, bookedEnd: cut.end, paid: 0n, refunded: 40n * LEASE_WEI, burned: 0n, endReason: "three failures" });
    const history = await readNodeHistory(network, [0, 2]);
    assert.deepEqual(history?.records, new Map([[2, { epochs: 2, kept: 0 }], [0, { epochs: 3, kept: 2 }]]));
    assert.deepEqual([...(history?.registeredAt.keys() ?? [])].sort(), [0, 2]);
    const terms = { maxPriceWei: LEASE_WEI, minUptimeBps: 5_000, epochs: 100 };
    assert.deepEqual(await readIndexedListings(network, terms), [one, two, three]);
    assert.deepEqual(await readIndexedListings(network, { ...terms, maxPriceWei: LEASE_WEI - 1n }), []);
    const times = (count: bigint) => String(count * LEASE_WEI);
    assert.deepEqual(rows.items, [
      { id: Number(full.lease), paidEpochs: 2, refundedEpochs: 1, burnedEpochs: 0, paid: times(2n), refunded: times(1n), burned: "0", pending: "0", endReason: null, relay: { index: 0 } },
      { id: Number(cut.lease), paidEpochs: 0, refundedEpochs: 3, burnedEpochs: 0, paid: "0", refunded: times(40n), burned: "0", pending: "0", endReason: "three failures", relay: { index: 1 } },
      { id: Number(rejected.lease), paidEpochs: 0, refundedEpochs: 1, burnedEpochs: 1, paid: "0", refunded: times(39n), burned: times(1n), pending: "0", endReason: "rejected", relay: { index: 2 } },
    ]);
    assert.deepEqual(leaseEpochs.items, [
      { epoch: rejected.first, outcome: "burned", rejected: true, leased: { node: 2 } },
      { epoch: rejected.first + 1, outcome: "refunded", rejected: false, leased: { node: 2 } },
    ]);
  });

  it("GOV-1 GOV-2 sees proposals, both tallies of each vote and what was done as the Governor does", async () => {
    const won = await traffic.propose(0, "# Another pool");
    const taken = await traffic.propose(1, "# Taken back");
    await traffic.cancelProposal(1, taken);
    await compareWithChain(indexer, chain);
    const { parameters } = chain;
    await chain.warpTo((await chain.head()).timestamp + parameters.votingDelaySeconds + 1);
    await traffic.vote(2, won.proposalId, "against", "too little");
    await traffic.vote(1, won.proposalId, "abstain");
    await compareWithChain(indexer, chain);
    // A vote of the last seconds turns it, and gives time to object.
    await chain.warpTo((await chain.head()).timestamp + parameters.votingPeriodSeconds - 15);
    await traffic.vote(0, won.proposalId, "for");
    await compareWithChain(indexer, chain);
    const { endsAt } = (await readProposal(chain.client, { governor: chain.contracts.X0TGovernor, proposalId: won.proposalId }))!;
    await chain.warpTo(endsAt + 1);
    await traffic.queue(won);
    await compareWithChain(indexer, chain);
    await chain.warpTo((await chain.head()).timestamp + parameters.timelockSeconds);
    await traffic.execute(won);
    await compareWithChain(indexer, chain);
    const { proposals, votes, rewardParameters } = await indexer.query<{ proposals: { items: unknown[] }; votes: { items: unknown[] }; rewardParameters: { items: unknown[] } }>(
      `{ proposals(orderBy: "block") { items { extended voteCount } }
      votes(where: {proposal: "${won.proposalId}"}, orderBy: "block") { items { support stake ballots reason about { proposer } } }
      rewardParameters { items { poolPerEpoch } } }`,
    );
    assert.deepEqual(proposals.items, [{ extended: true, voteCount: 3 }, { extended: false, voteCount: 0 }]);
    const about = { proposer: chain.accounts[1]!.address.toLowerCase() };
    const [thousand, ninehundred] = [{ stake: String(1_000n * X0T), ballots: "31622776601" }, { stake: String(900n * X0T), ballots: "30000000000" }];
    assert.deepEqual(votes.items, [
      { support: "against", ...ninehundred, reason: "too little", about },
      { support: "abstain", ...thousand, reason: "", about },
      { support: "for", ...thousand, reason: "", about },
    ]);
    assert.deepEqual(rewardParameters.items, [{ poolPerEpoch: String(7_000n * X0T) }]);
  });

  it("REG-2 a node that falls below MIN_STAKE is inactive from the next epoch on", async () => {
    await traffic.unstake(1, 950n * X0T);
    await compareWithChain(indexer, chain);
    await chain.warpToEpoch((await chain.epoch()) + 1);
    await compareWithChain(indexer, chain);
    const { nodes } = await indexer.query<{ nodes: { items: unknown[] } }>("{ nodes { items { index active stake } } }");
    assert.deepEqual(nodes.items[1], { index: 1, active: false, stake: String(50n * X0T) });
  });

  it("loses and doubles nothing when it is killed again and again while it works", async () => {
    for (const afterMs of [50, 400, 1_500, 2_500, 3_000, 3_500, 4_500]) {
      const working = traffic.payAll().then(() => traffic.transfer(8, 9, 1_000_000_007n));
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await indexer.kill("SIGKILL");
      indexer = home.start();
      await working;
    }
    await indexer.ready();
    await compareWithChain(indexer, chain);
    await indexer.kill("SIGKILL");
    indexer = home.start();
    await indexer.ready();
    await compareWithChain(indexer, chain);
    assert.doesNotMatch(indexer.output.stderr, /indexing again/);
  });

  // What a kill leaves at its worst moments, for Ponder's transactions over PGlite are none.
  for (const [moment, torn] of [
    ["before its tables are complete", ["DELETE FROM _ponder_meta", "DROP TABLE clock"]],
    [
      "within a backfill, its deadlines taken and their effect not written",
      [
        "UPDATE _ponder_meta SET value = jsonb_set(value, '{is_ready}', '0')",
        "DROP TRIGGER reorg ON node",
        "TRUNCATE _reorg__node",
        "UPDATE node SET active = false WHERE active",
      ],
    ],
    [
      "while it makes blocks final, before the last notes of how to take them back are gone",
      [
        `UPDATE _ponder_checkpoint SET (safe_checkpoint, finalized_checkpoint) =
          (SELECT max(checkpoint), max(checkpoint) FROM _reorg__transfer WHERE substr(checkpoint, 27, 16)::bigint <= HEAD - 30)`,
      ],
    ],
  ] as const) {
    it(`loses and doubles nothing when it was killed ${moment}`, async () => {
      // Of the 45 blocks that it could take back then, the first 15 are final.
      await traffic.payAll();
      await compareWithChain(indexer, chain);
      await indexer.kill("SIGKILL");
      await tear(home.dir, torn, (await chain.head()).number);
      indexer = home.start();
      await indexer.ready();
      await compareWithChain(indexer, chain);
      assert.doesNotMatch(indexer.output.stderr, /indexing again/);
    });
  }

  it("answers what people ask of it", async () => {
    const epoch = await traffic.commitEpoch([0, 2]);
    await compareWithChain(indexer, chain);
    const { nodes } = await indexer.query<{ nodes: { totalCount: number } }>(
      "{ nodes { totalCount items { index nodeId operator stake active } } }",
    );
    assert.equal(nodes.totalCount, NODES.length);
    const { commits } = await indexer.query<{ commits: { items: { node: number; slots: number; cid: string }[] } }>(
      `{ commits(where:{epoch: ${epoch}}) { items { node epoch bitmap slots relayedBytes cid voided } } }`,
    );
    assert.deepEqual(commits.items.map(({ node, slots }) => [node, slots]), [[0, 12], [2, 12]]);
    assert.match(commits.items[0]?.cid ?? "", /^bafy/);
    const { burns } = await indexer.query<{ burns: { items: { amount: string }[] } }>("{ burns { items { amount } } }");
    assert.ok(burns.items.length > 0);
    assert.equal(indexer.output.stdout, "", "standard output stays free");
  });
});
