import assert from "node:assert/strict";
import { encodeFunctionData, keccak256, parseAbi, toHex, zeroHash, type Abi, type Address, type Hex } from "viem";
import { announceMaintenance } from "../../chain/announceMaintenance.ts";
import { answerChallenge, slotAnswers } from "../../chain/answerChallenge.ts";
import { castVote } from "../../chain/castVote.ts";
import { commitProofs } from "../../chain/commitProofs.ts";
import { executeAsSafe } from "../../chain/executeAsSafe.ts";
import { finishCloseChannel } from "../../chain/finishCloseChannel.ts";
import { openChannel } from "../../chain/openChannel.ts";
import { propose } from "../../chain/propose.ts";
import { signReceipt } from "../../chain/signReceipt.ts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { startCloseChannel } from "../../chain/startCloseChannel.ts";
import { topUpChannel } from "../../chain/topUpChannel.ts";
import { withdrawStake } from "../../chain/withdrawStake.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../../core/abi/GuardianSeat.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { x0tGovernorAbi } from "../../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../../core/abi/X0TTimelock.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { X0T } from "../../core/parameters.ts";
import { proposalArgs, type ProposalCall } from "../../core/proposal.ts";
import { receiptsRoot } from "../../core/receiptTree.ts";
import { GUARDIANS, startProtocolChain, type ProtocolChain } from "../support/protocolChain.ts";
import { compareWithChain } from "./support/compareWithChain.ts";
import { createIndexerHome, type IndexerHome, type RunningIndexer } from "./support/indexerProcess.ts";
import { createTraffic } from "./support/traffic.ts";

const SAFE_ABI = parseAbi(["function addOwnerWithThreshold(address owner, uint256 threshold)", "function removeOwner(address previous, address owner, uint256 threshold)"]);
const SENTINEL = "0x0000000000000000000000000000000000000001";

describe("indexer over what happens seldom", function () {
  this.timeout(240_000);
  let chain: ProtocolChain;
  let home: IndexerHome;
  let indexer: RunningIndexer;
  let traffic: ReturnType<typeof createTraffic>;

  const address = (index: number): Address => chain.accounts[index]!.address;
  const compare = () => compareWithChain(indexer, chain);

  /** Two of the Safe's owners have it make a call. */
  async function asGuardian(to: Address, abi: Abi, functionName: string, args: readonly unknown[]): Promise<void> {
    const owners = GUARDIANS.slice(0, 2).map((index) => chain.accounts[index]!);
    const data = encodeFunctionData({ abi, functionName, args });
    await executeAsSafe(chain.sender(20), { safe: chain.contracts.GuardianSafe, owners, to, data, functionName });
  }

  /** Proposes, lets all nodes vote for it, and queues it. */
  async function carry(description: string, calls: ProposalCall[]) {
    const { X0TGovernor: governor } = chain.contracts;
    const made = { ...(await propose(chain.sender(1), { governor, calls, description })), calls };
    await chain.warpTo((await chain.head()).timestamp + chain.parameters.votingDelaySeconds + 1);
    await castVote(chain.sender(1), { governor, proposalId: made.proposalId, support: "for" });
    await castVote(chain.sender(2), { governor, proposalId: made.proposalId, support: "for" });
    await chain.warpTo((await chain.head()).timestamp + chain.parameters.votingPeriodSeconds + 1);
    await compare();
    await traffic.queue(made);
    await compare();
    return made;
  }

  before(async () => {
    chain = await startProtocolChain();
    traffic = createTraffic(chain);
    await traffic.registerAll();
    home = await createIndexerHome({ rpcUrl: chain.rpcUrl, addressBook: chain.book, parameters: { devnetEpochSeconds: 12 } });
    indexer = home.start();
    await indexer.ready();
  });

  after(async () => {
    await indexer?.kill("SIGKILL");
    await chain?.close();
    await home?.remove();
  });

  it("PRF-4 an answered challenge: the weight comes back, the bond burns", async () => {
    const { ProofLedger: ledger } = chain.contracts;
    const node = 0;
    await chain.warpToEpoch((await chain.epoch()) + 2);
    const epoch = await chain.epoch();
    await chain.warpToEpoch(epoch + 1);
    const args = [BigInt(epoch), node, 0] as const;
    const committee = await chain.client.readContract({ address: ledger, abi: proofLedgerAbi, functionName: "committee", args });
    const receipts = [];
    for (const witness of committee) {
      const signature = await signReceipt(chain.accounts[11 + witness]!, { chainId: chain.book.chainId, ledger, epoch, slot: 0, node });
      receipts.push({ slot: 0, witness, signature });
    }
    const proof = { node, epoch, bitmap: 1n, receiptsRoot: receiptsRoot(receipts), relayedBytes: 0n, cid: keccak256("0x01") };
    await commitProofs(chain.sender(11), { ledger, commits: [proof] });
    await traffic.challenge(node, epoch, [0]);
    await compare();
    const answers = slotAnswers(receipts, [0], () => committee.length);
    assert.ok(answers);
    await answerChallenge(chain.sender(11), { ledger, node, epoch, challengeId: 0n, answers });
    await compare();
    const { node: row } = await indexer.query<{ node: object }>(`{ node(index: ${node}) { challengeCount challengesAnswered challengesLost } }`);
    assert.deepEqual(row, { challengeCount: 1, challengesAnswered: 1, challengesLost: 0 });
    await chain.warpToEpoch(epoch + 4);
    await compare();
    const final = await indexer.query<{ commit: { final: boolean; reward: string }; epoch: { reward: string; earned: string | null } }>(
      `{ commit(node: ${node}, epoch: ${epoch}) { final reward } epoch(epoch: ${epoch}) { reward earned } }`,
    );
    assert.ok(final.commit.final && BigInt(final.commit.reward) > 0n, "a share before anybody claims");
    assert.deepEqual([final.epoch.reward, final.epoch.earned], [final.commit.reward, null]);
  });

  it("REG-1 PRF-3 REG-7 keys, documents, maintenance and the bench", async () => {
    const { NodeRegistry: registry, ProofLedger: ledger } = chain.contracts;
    const rotate = async (witness: number) => {
      const nodeId = keccak256(toHex("node 1"));
      const proofOfPossession = await signWitnessProof(chain.accounts[witness]!, { chainId: chain.book.chainId, registry, operator: address(2), nodeId });
      const args = [1, address(witness), proofOfPossession] as const;
      await chain.sender(2).send({ address: registry, abi: nodeRegistryAbi, functionName: "rotateWitness", args });
    };
    await rotate(21);
    await chain.warpToEpoch((await chain.epoch()) + 1);
    await rotate(22);
    await chain.sender(2).send({ address: registry, abi: nodeRegistryAbi, functionName: "setMetadata", args: [1, keccak256("0x02")] });
    const first = (await chain.epoch()) + 3;
    await announceMaintenance(chain.sender(2), { ledger, node: 1, first, count: 2 });
    await compare();
    const present = await chain.epoch();
    const { witnessKeys, maintenances } = await indexer.query<{ witnessKeys: { items: { address: string; fromEpoch: number; untilEpoch: number | null }[] }; maintenances: { items: unknown[] } }>(
      `{ witnessKeys(where: {node: 1}, orderBy: "block") { items { address fromEpoch untilEpoch } } maintenances { items { node first end } } }`,
    );
    assert.deepEqual(maintenances.items, [{ node: 1, first, end: first + 2 }]);
    assert.deepEqual(witnessKeys.items.map(({ address }) => address), [12, 21, 22].map((index) => address(index).toLowerCase()));
    for (const { address: key, fromEpoch, untilEpoch } of witnessKeys.items) {
      for (let epoch = fromEpoch; epoch < (untilEpoch ?? present + 2); epoch++) {
        const args = [1, BigInt(epoch)] as const;
        assert.equal((await chain.client.readContract({ address: registry, abi: nodeRegistryAbi, functionName: "witnessAt", args })).toLowerCase(), key);
      }
    }
    await chain.warpToEpoch((await chain.epoch()) + 20);
    await chain.sender(20).send({ address: registry, abi: nodeRegistryAbi, functionName: "bench", args: [2] });
    await compare();
    await traffic.commitEpoch([2]);
    await compare();
  });

  it("PRF-5 a long time without a block: what is no longer recent leaves, and later commits count as before", async () => {
    await chain.warpToEpoch((await chain.epoch()) + 200);
    await compare();
    await traffic.commitEpoch([0]);
    await chain.warpToEpoch((await chain.epoch()) + 5);
    await compare();
    const { nodes } = await indexer.query<{ nodes: { items: unknown[] } }>(`{ nodes(orderBy: "index") { items { recentCommits commitCount } } }`);
    assert.deepEqual(nodes.items, [{ recentCommits: 1, commitCount: 2 }, { recentCommits: 0, commitCount: 0 }, { recentCommits: 0, commitCount: 1 }]);
  });

  it("CHN-1 CHN-2 REG-3 what goes back to whoever put it in", async () => {
    const { X0TToken: token, RelayChannels: channels, NodeRegistry: registry } = chain.contracts;
    const payer = chain.sender(5);
    const open = () => openChannel(payer, { token, channels, payee: address(6), signer: address(5), amountWei: 3n * X0T });
    const [slow, quick] = [await open(), await open()];
    await topUpChannel(payer, { token, channels, channel: slow.channel, amountWei: X0T });
    await compare();
    await startCloseChannel(payer, { channels, channel: slow.channel });
    await startCloseChannel(chain.sender(6), { channels, channel: quick.channel });
    await compare();
    await chain.warpTo((await chain.head()).timestamp + chain.parameters.channelCloseSeconds);
    await finishCloseChannel(payer, { channels, channel: slow.channel });
    await traffic.unstake(2, 900n * X0T);
    await compare();
    await chain.warpTo((await chain.head()).timestamp + chain.parameters.unbondingSeconds);
    await withdrawStake(chain.sender(3), { registry, node: 2 });
    await compare();
    const { refunds } = await indexer.query<{ refunds: { items: unknown[] } }>(`{ refunds(orderBy: "block") { items { depositor amount } } }`);
    const back = (who: number, wei: bigint) => ({ depositor: address(who).toLowerCase(), amount: String(wei) });
    assert.deepEqual(refunds.items, [back(5, 3n * X0T), back(5, 4n * X0T), back(3, 900n * X0T)]);
  });

  it("GOV-3 GOV-4 settings, pauses, the guardian's veto, and a vault that retires", async () => {
    const { X0TGovernor: governor, X0TTimelock: timelock, GuardianSeat: seat, GuardianSafe: safe, X0TToken: token, Marketplace: marketplace } = chain.contracts;
    const call = (target: Address, abi: Abi, functionName: string, args: readonly unknown[]): ProposalCall => ({
      target,
      valueWei: 0n,
      data: encodeFunctionData({ abi, functionName, args }),
    });
    const made = await carry("# Slower", [
      call(governor, x0tGovernorAbi, "setVotingPeriod", [121]),
      call(timelock, x0tTimelockAbi, "updateDelay", [31n]),
      call(token, x0tTokenAbi, "removeVault", [marketplace]),
    ]);
    await chain.warpTo((await chain.head()).timestamp + chain.parameters.timelockSeconds);
    await traffic.execute(made);
    await compare();
    const vetoed = await carry("# To be stopped", [call(token, x0tTokenAbi, "addVault", [marketplace])]);
    await asGuardian(governor, x0tGovernorAbi, "cancel", proposalArgs(vetoed.calls, vetoed.description));
    await compare();
    const now = BigInt((await chain.head()).timestamp);
    await asGuardian(seat, guardianSeatAbi, "pause", [now + 1_000n]);
    await asGuardian(seat, guardianSeatAbi, "pause", [now + 2_000n]);
    await compare();
    await asGuardian(seat, guardianSeatAbi, "unpause", []);
    await asGuardian(safe, SAFE_ABI, "addOwnerWithThreshold", [address(26), 1n]);
    await compare();
    await asGuardian(safe, SAFE_ABI, "removeOwner", [SENTINEL, address(26), 2n]);
    await compare();
    const answer = await indexer.query<{
      proposals: { items: { id: string; canceledBy: string | null }[] };
      proposalChanges: { items: { proposal: string; kind: string }[] };
      pauses: { items: { until: string; liftedAt: string | null }[] };
      settingChanges: { items: unknown[] };
      accounts: { items: unknown[] };
    }>(`{ proposals(orderBy: "block") { items { id canceledBy } } proposalChanges(orderBy: "step") { items { proposal kind } }
      pauses(orderBy: "until") { items { until liftedAt } }
      settingChanges(where: {name_in: ["votingPeriod", "timelockDelay"]}, orderBy: "id") { items { name former value } }
      accounts(where: {vault: "retired"}) { items { address } } }`);
    const way = (id: bigint) => answer.proposalChanges.items.filter(({ proposal }) => proposal === String(id)).map(({ kind }) => kind);
    assert.deepEqual(way(made.proposalId), ["created", "active", "succeeded", "queued", "executed"]);
    assert.deepEqual(way(vetoed.proposalId), ["created", "active", "succeeded", "queued", "canceled"]);
    assert.deepEqual(answer.proposals.items.map(({ canceledBy }) => canceledBy), [null, "guardian"]);
    assert.deepEqual(answer.pauses.items.map(({ until, liftedAt }) => [BigInt(until) - now, liftedAt === null]), [[1_000n, true], [2_000n, false]]);
    assert.deepEqual(answer.settingChanges.items, [
      { name: "timelockDelay", former: null, value: "30" },
      { name: "votingPeriod", former: null, value: "120" },
      { name: "votingPeriod", former: "120", value: "121" },
      { name: "timelockDelay", former: "30", value: "31" },
    ]);
    assert.deepEqual(answer.accounts.items, [{ address: marketplace.toLowerCase() }]);
  });

  it("takes all of it back with the blocks that a reorganisation takes", async () => {
    const { id, kinds } = await stateOfLatest();
    const rollback = (depth: number) => chain.test.request({ method: "anvil_rollback", params: [depth] } as never);
    // Before the veto, which came 5 blocks of the Safe ago.
    await rollback(6);
    await chain.test.mine({ blocks: 2, interval: 0 });
    await compare();
    const after = await stateOfLatest();
    assert.deepEqual([after.id, kinds.at(-1), after.kinds.at(-1)], [id, "canceled", "queued"]);
  });

  it("GOV-3 what is queued may be executed without the Governor, and is then as executed", async () => {
    const { X0TTimelock: timelock, EpochRewards: rewards } = chain.contracts;
    const data = encodeFunctionData({ abi: epochRewardsAbi, functionName: "setParameters", args: [5_000n * X0T, 30_000n * X0T] });
    const { calls, proposalId } = await carry("# By anybody", [{ target: rewards, valueWei: 0n, data }]);
    await chain.warpTo((await chain.head()).timestamp + 31);
    const { proposal } = await indexer.query<{ proposal: { queuedAs: { salt: Hex } } }>(`{ proposal(id: "${proposalId}") { queuedAs { salt } } }`);
    const args = [calls.map(({ target }) => target), [0n], [data], zeroHash, proposal.queuedAs.salt] as const;
    await chain.sender(20).send({ address: timelock, abi: x0tTimelockAbi, functionName: "executeBatch", args });
    await compare();
    await chain.warpToEpoch((await chain.epoch()) + 2);
    await compare();
  });

  async function stateOfLatest(): Promise<{ id: string; kinds: string[] }> {
    const { proposals } = await indexer.query<{ proposals: { items: { id: string; changes: { items: { kind: string }[] } }[] } }>(
      `{ proposals(orderBy: "block", orderDirection: "desc", limit: 1) { items { id changes(orderBy: "step") { items { kind } } } } }`,
    );
    const [latest] = proposals.items;
    return { id: latest?.id ?? "", kinds: latest?.changes.items.map(({ kind }) => kind) ?? [] };
  }
});
