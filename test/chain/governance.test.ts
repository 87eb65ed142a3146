import assert from "node:assert/strict";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { encodeFunctionData, type Hex } from "viem";
import { readContract } from "viem/actions";
import { createReader } from "../../chain/createReader.ts";
import { cancelProposal } from "../../chain/cancelProposal.ts";
import { castVote } from "../../chain/castVote.ts";
import { executeProposal } from "../../chain/executeProposal.ts";
import { findProposals, type Proposal } from "../../chain/findProposals.ts";
import { propose } from "../../chain/propose.ts";
import { queueProposal } from "../../chain/queueProposal.ts";
import { readProposal } from "../../chain/readProposal.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../../core/abi/GuardianSeat.ts";
import { x0tGovernorAbi } from "../../core/abi/X0TGovernor.ts";
import { X0T } from "../../core/parameters.ts";
import { markProposer, proposalArgs, proposalIdOf, withoutMark, type Support } from "../../core/proposal.ts";
import { isRevert } from "../../core/revert.ts";
import { startGovChain } from "../support/govChain.ts";
import type { ProtocolChain } from "../support/protocolChain.ts";
import { listenLocal } from "../support/sockets.ts";

/** Most blocks that a strict endpoint answers for. */
const LONGEST = 150n;

describe("chain actions of the Governor", function () {
  this.timeout(60_000);
  let chain: ProtocolChain;
  before(async () => {
    chain = await startGovChain();
  });
  after(() => chain?.close());

  const governorOf = () => chain.contracts.X0TGovernor;
  const rewardsCall = () => ({
    target: chain.contracts.EpochRewards,
    valueWei: 0n,
    data: encodeFunctionData({ abi: epochRewardsAbi, functionName: "setParameters", args: [5_000n * X0T, 20_000n * X0T] }),
  });
  const make = (by: number, description: string, calls = [rewardsCall()]) =>
    propose(chain.sender(by), { governor: governorOf(), calls, description }).then((made) => ({ ...made, calls }));
  const status = async (proposalId: bigint) => (await readProposal(chain.client, { governor: governorOf(), proposalId }))!;
  const vote = (by: number, proposalId: bigint, support: Support, reason?: string) =>
    castVote(chain.sender(by), { governor: governorOf(), proposalId, support, ...(reason !== undefined && { reason }) });
  const all = async (parameters: { fromBlock?: number } = {}) => {
    const pages: Proposal[][] = [];
    for await (const page of findProposals(chain.client, { governor: governorOf(), fromBlock: parameters.fromBlock ?? chain.book.deployBlock })) pages.push(page);
    return pages.flat();
  };

  it("GOV-1 names a proposal as the contract does, and marks its proposer", async () => {
    const { proposalId, description, calls } = await make(0, "# Less\n\nFor a while.");
    assert.equal(description, `# Less\n\nFor a while.\n\n#proposer=${chain.accounts[0]!.address}`);
    assert.equal(withoutMark(description), "# Less\n\nFor a while.");
    const [targets, values, datas, hash] = proposalArgs(calls, description);
    const onChain = await readContract(chain.client, { address: governorOf(), abi: x0tGovernorAbi, functionName: "hashProposal", args: [targets, values, datas, hash] });
    assert.equal(proposalId, onChain);
    assert.equal(markProposer("", chain.accounts[0]!.address), `#proposer=${chain.accounts[0]!.address}`);
  });

  it("GOV-1 GOV-2 GOV-4 carries a change from the proposal to the parameter, and reads each state on the way", async () => {
    const { proposalId, description, calls } = await make(0, "# Half the pool");
    const pending = await status(proposalId);
    assert.deepEqual([pending.state, pending.proposer, pending.quorum], ["pending", chain.accounts[0]!.address, { reached: 0n, needed: 1_000n * X0T }]);
    assert.equal(pending.snapshotAt, pending.now + chain.parameters.votingDelaySeconds);
    assert.equal(pending.closesAt, pending.snapshotAt + chain.parameters.votingPeriodSeconds);
    await assert.rejects(vote(0, proposalId, "for"), (error) => isRevert(error, "GovernorUnexpectedProposalState"));
    await chain.warpTo(pending.snapshotAt + 1);
    assert.equal((await status(proposalId)).state, "active");
    assert.equal((await vote(0, proposalId, "for")).unitsWei, 1_000n * X0T);
    assert.equal((await vote(1, proposalId, "against", "too much")).unitsWei, 900n * X0T);
    await vote(4, proposalId, "abstain");
    const active = await status(proposalId);
    assert.deepEqual(active.stake, { for: 1_000n * X0T, against: 900n * X0T, abstain: 100n * X0T });
    assert.deepEqual([active.ballots.against, active.ballots.abstain], [30n * 10n ** 9n, 10n * 10n ** 9n]);
    assert.deepEqual([active.leads, active.quorum.reached], [true, 1_100n * X0T]);
    await chain.warpTo(active.endsAt + 1);
    assert.equal((await status(proposalId)).state, "succeeded");
    const which = { governor: governorOf(), calls, description };
    await assert.rejects(executeProposal(chain.sender(9), which), (error) => isRevert(error, "GovernorUnexpectedProposalState"));
    await queueProposal(chain.sender(9), which);
    const queued = await status(proposalId);
    assert.deepEqual([queued.state, queued.executableAt], ["queued", queued.now + chain.parameters.timelockSeconds]);
    await assert.rejects(executeProposal(chain.sender(9), which), (error) => isRevert(error, "TimelockUnexpectedOperationState"));
    await chain.warpTo(queued.executableAt);
    await executeProposal(chain.sender(9), which);
    assert.equal((await status(proposalId)).state, "executed");
    const pool = await readContract(chain.client, {
      address: chain.contracts.EpochRewards,
      abi: epochRewardsAbi,
      functionName: "poolPerEpochAt",
      args: [BigInt(await chain.epoch()) + 1n],
    });
    assert.equal(pool, 5_000n * X0T);
  });

  it("GOV-2 tells the objections' time from the vote's", async () => {
    const { proposalId } = await make(0, "# Turned late");
    const { snapshotAt, closesAt } = await status(proposalId);
    await chain.warpTo(snapshotAt + 1);
    await vote(2, proposalId, "abstain");
    await chain.warpTo(closesAt);
    await vote(3, proposalId, "for");
    const late = await status(proposalId);
    assert.deepEqual([late.closesAt, late.endsAt], [closesAt, closesAt + chain.parameters.lateQuorumSeconds]);
    await chain.warpTo(closesAt + 1);
    await assert.rejects(vote(4, proposalId, "for"), (error) => isRevert(error, "X0TGovernor_ObjectionsOnly"));
    await vote(1, proposalId, "against");
    assert.equal((await status(proposalId)).leads, false);
  });

  it("GOV-3 the proposer cancels while it is pending; a replacement of the guardian is marked as one", async () => {
    const data = encodeFunctionData({ abi: guardianSeatAbi, functionName: "setGuardian", args: [chain.accounts[5]!.address] });
    const calls = [{ target: chain.contracts.GuardianSeat, valueWei: 0n, data }];
    const { proposalId, description } = await make(0, "# New guardian", calls);
    assert.equal((await status(proposalId)).replacesGuardianOnly, true);
    const which = { governor: governorOf(), calls, description };
    await assert.rejects(cancelProposal(chain.sender(1), which), (error) => isRevert(error, "GovernorUnableToCancel"));
    await cancelProposal(chain.sender(0), which);
    assert.equal((await status(proposalId)).state, "canceled");
  });

  it("GOV-1 refuses in words who has too little at stake, or voted, or had nothing at the snapshot", async () => {
    const words = async (act: Promise<unknown>, expected: RegExp) => assert.rejects(act, (error: Error) => expected.test(error.message) || assert.fail(error.message));
    await words(make(20, "# Mine"), /Proposing takes 100 X0T at stake in nodes of one operator; this account had 0 X0T\./);
    const { proposalId } = await make(4, "# Small is enough");
    await chain.warpTo((await status(proposalId)).snapshotAt + 1);
    await vote(4, proposalId, "for");
    await words(vote(4, proposalId, "against"), /has voted on it before, and a vote is final/);
    await words(vote(20, proposalId, "for"), /had nothing at stake at 20\d\d-.*only stake of that moment votes/);
    await words(vote(0, 12n, "for"), /There is no such proposal/);
    assert.equal(await readProposal(chain.client, { governor: governorOf(), proposalId: 12n }), undefined);
  });

  it("finds proposals by their events, newest first, and none before the block asked for", async () => {
    const found = await all();
    assert.equal(found.length, 5);
    assert.deepEqual(found.map(({ description }) => withoutMark(description).split("\n", 1)[0]), [
      "# Small is enough",
      "# New guardian",
      "# Turned late",
      "# Half the pool",
      "# Less",
    ]);
    for (const { id, calls, description } of found) assert.equal(id, proposalIdOf(calls, description));
    const [newest] = found;
    assert.deepEqual((await all({ fromBlock: Number(newest!.blockNumber) })).map(({ id }) => id), [newest!.id]);
    assert.deepEqual(await all({ fromBlock: Number(newest!.blockNumber) + 1 }), []);
  });

  for (const [title, refusal] of [
    ["a JSON-RPC error", (id: number) => ({ status: 200, body: { jsonrpc: "2.0", id, error: { code: -32602, message: "query exceeds max block range" } } })],
    ["HTTP 413", () => ({ status: 413, body: { message: "too large" } })],
  ] as const) {
    it(`finds them at an endpoint that answers long ranges with ${title}`, async () => {
      await chain.test.mine({ blocks: 300 });
      const known = await all();
      const spans: bigint[] = [];
      const server = createServer((request, response) => {
        void text(request).then(async (body) => {
          const asked = [JSON.parse(body)].flat() as { id: number; method: string; params: [{ fromBlock: Hex; toBlock: Hex }] }[];
          const ranges = asked.filter(({ method }) => method === "eth_getLogs").map(({ params: [range] }) => BigInt(range.toBlock) - BigInt(range.fromBlock) + 1n);
          const isLong = ranges.some((span) => span > LONGEST);
          if (!isLong) spans.push(...ranges);
          const { status, body: answer } = isLong ? refusal(asked[0]!.id) : { status: 200, body: await (await fetch(chain.rpcUrl, { method: "POST", body, headers: { "Content-Type": "application/json" } })).json() as unknown };
          response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(isLong && body.startsWith("[") && status === 200 ? [answer] : answer));
        }).catch(() => request.socket.destroy());
      });
      const port = await listenLocal(server);
      try {
        const client = createReader({ chainId: chain.book.chainId, rpcUrls: [`http://127.0.0.1:${port}`] });
        const left: bigint[] = [];
        const found: Proposal[] = [];
        for await (const page of findProposals(client, { governor: governorOf(), fromBlock: chain.book.deployBlock, onPage: (blocks) => left.push(blocks) })) found.push(...page);
        assert.deepEqual(found, known);
        assert.ok(spans.length > 2 && spans.every((span) => span > LONGEST / 2n || span === spans.at(-1)), String(spans));
        assert.equal(left.at(-1), 0n);
      } finally {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    });
  }

  it("gives up on an endpoint that is down instead of asking for ever less", async () => {
    const client = createReader({ chainId: chain.book.chainId, rpcUrls: ["http://127.0.0.1:1"], timeoutMs: 200 });
    const pages = findProposals(client, { governor: governorOf(), fromBlock: 0 });
    await assert.rejects(pages.next(), /HTTP request failed/);
  });
});
