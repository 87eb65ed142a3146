import assert from "node:assert/strict";
import { readBalance } from "../../../chain/readBalance.ts";
import { findBundleCid } from "../../../chain/findBundleCid.ts";
import { readCommit } from "../../../chain/readCommit.ts";
import { readNodes } from "../../../chain/readNodes.ts";
import { proofLedgerAbi } from "../../../core/abi/ProofLedger.ts";
import { x0tTokenAbi } from "../../../core/abi/X0TToken.ts";
import { cidFromDigest } from "../../../core/cid.ts";
import { encodeEventTopics, type Address } from "viem";
import type { ProtocolChain } from "../../support/protocolChain.ts";
import { compareGovernance } from "./compareGovernance.ts";
import { compareLeases } from "./compareLeases.ts";
import { compareProposals } from "./compareProposals.ts";
import { compareTotals } from "./compareTotals.ts";
import { eventually, type RunningIndexer } from "./indexerProcess.ts";

type Status = { indexed: { number: number } | null; head: { number: number } };

/** Waits until the index has the chain's newest block. */
export async function caughtUp(indexer: RunningIndexer, head: bigint): Promise<void> {
  const ask = async () => (await (await fetch(`${indexer.url}/v1/status`)).json()) as Status;
  await eventually(ask, ({ indexed }) => BigInt(indexed?.number ?? -1) === head, { timeoutMs: 180_000 });
}

/** Every balance, the supply, every node, commit, offer, lease and proposal in the index is the chain's, to the wei. */
export async function compareWithChain(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  await caughtUp(indexer, (await chain.head()).number);
  await compareBalances(indexer, chain);
  await compareNodes(indexer, chain);
  await compareCommits(indexer, chain);
  await compareLeases(indexer, chain);
  await compareProposals(indexer, chain);
  await compareGovernance(indexer, chain);
  await compareTotals(indexer, chain);
  await compareEvents(indexer, chain);
}

/** Each event of each contract has its row, but for the two that have tables of their own. */
async function compareEvents(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const logs = await chain.client.getLogs({ address: Object.values(chain.contracts), fromBlock: 0n });
  const [transfers, approvals] = ["Transfer", "Approval"].map((eventName) => encodeEventTopics({ abi: x0tTokenAbi, eventName: eventName as "Transfer" })[0]);
  const frequent = logs.filter(({ topics }) => topics[0] === transfers || topics[0] === approvals);
  const { events, eventTail } = await indexer.query<{ events: { totalCount: number }; eventTail: { items: { transactionHash: string; block: number }[] } }>(
    `{ events { totalCount } eventTail: events(orderBy: "id", orderDirection: "desc", limit: 1) { items { transactionHash block } } }`,
  );
  assert.equal(events.totalCount, logs.length - frequent.length, "one row for each event");
  const last = logs.findLast((log) => !frequent.includes(log));
  assert.deepEqual(eventTail.items, [{ transactionHash: last?.transactionHash, block: Number(last?.blockNumber) }]);
}

async function compareBalances(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { X0TToken: token } = chain.contracts;
  const { accounts, tokens, burns, transfers } = await indexer.query<{
    accounts: { items: { address: Address; balance: string }[] };
    tokens: { items: { totalSupply: string; totalBurned: string }[] };
    burns: { totalCount: number; items: { amount: string }[] };
    transfers: { totalCount: number };
  }>(`{ accounts(limit: 1000) { items { address balance } } tokens { items { totalSupply totalBurned } }
    burns(limit: 1000) { totalCount items { amount } } transfers { totalCount } }`);
  for (const { address, balance } of accounts.items) {
    assert.equal(BigInt(balance), (await readBalance(chain.client, { token, account: address })).x0tWei, address);
  }
  const at = { address: token, abi: x0tTokenAbi } as const;
  const supply = await chain.client.readContract({ ...at, functionName: "totalSupply" });
  const burned = await chain.client.readContract({ ...at, functionName: "totalBurned" });
  const sum = (values: string[]) => values.reduce((total, value) => total + BigInt(value), 0n);
  assert.deepEqual(tokens.items, [{ totalSupply: String(supply), totalBurned: String(burned) }]);
  assert.equal(sum(accounts.items.map(({ balance }) => balance)), supply, "Σ balances");
  assert.equal(sum(burns.items.map(({ amount }) => amount)), burned, "Σ burns");
  const logs = await chain.client.getContractEvents({ ...at, eventName: "Transfer", fromBlock: 0n });
  assert.equal(transfers.totalCount, logs.length, "one row for each Transfer");
}

async function compareNodes(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { nodes } = await indexer.query<{ nodes: { totalCount: number; items: Record<string, unknown>[] } }>(
    `{ nodes(orderBy: "index") { totalCount items { index nodeId operator witness stake unbonding unbondsAt active benched } } }`,
  );
  const known = await readNodes(chain.client, { registry: chain.contracts.NodeRegistry });
  assert.equal(nodes.totalCount, known.length);
  assert.deepEqual(
    nodes.items,
    known.map(({ index, nodeId, operator, witness, stake, unbonding, unbondsAt, active, benched }) => ({
      index,
      nodeId,
      operator: operator.toLowerCase(),
      witness: witness.toLowerCase(),
      stake: String(stake),
      unbonding: String(unbonding),
      unbondsAt: String(unbondsAt),
      active,
      benched,
    })),
  );
}

interface CommitRow {
  node: number;
  epoch: number;
  bitmap: string;
  slots: number;
  relayedBytes: string;
  cid: string;
  weight: string;
  voided: boolean;
  enforced: boolean;
  final: boolean;
}

async function compareCommits(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { commits, epochs } = await indexer.query<{
    commits: { items: CommitRow[] };
    epochs: { items: { epoch: number; totalWeight: string; final: boolean }[] };
  }>(`{ commits(limit: 1000) { items { node epoch bitmap slots relayedBytes cid weight voided enforced final } }
    epochs(limit: 1000) { items { epoch totalWeight final } } }`);
  const ledger = { address: chain.contracts.ProofLedger, abi: proofLedgerAbi } as const;
  for (const row of commits.items) {
    const { node, epoch } = row;
    const known = await readCommit(chain.client, { ledger: ledger.address, node, epoch });
    const args = [node, BigInt(epoch)] as const;
    const voided = await chain.client.readContract({ ...ledger, functionName: "isVoid", args });
    const final = await chain.client.readContract({ ...ledger, functionName: "isFinal", args: [BigInt(epoch)] });
    assert.ok(known, `commit of ${node} for ${epoch}`);
    const { bitmap, relayedBytes, weight, enforced } = known;
    const expected = { bitmap: String(bitmap), relayedBytes: String(relayedBytes), weight: String(weight), enforced };
    const slots = bitmap.toString(2).replaceAll("0", "").length;
    assert.deepEqual(row, { node, epoch, slots, cid: cidFromDigest(await findBundleCid(chain.client, { ledger: ledger.address, ...known })), voided, final, ...expected });
  }
  for (const { epoch, totalWeight, final } of epochs.items) {
    const args = [BigInt(epoch)] as const;
    const weight = await chain.client.readContract({ ...ledger, functionName: "totalWeight", args });
    assert.equal(totalWeight, String(weight), `total weight of ${epoch}`);
    assert.equal(final, await chain.client.readContract({ ...ledger, functionName: "isFinal", args }), `final ${epoch}`);
  }
}
