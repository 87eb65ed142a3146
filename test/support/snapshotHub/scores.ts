import { createPublicClient, encodeFunctionData, decodeFunctionResult, formatUnits, http, type Abi, type AbiFunction, type Address } from "viem";
import { library } from "./library.ts";
import { Refused, type HubContext, type StoredProposal, type Strategy } from "./state.ts";

/** Voting power by strategy: a call of the strategy's contract at the snapshot block. */
export async function votingPower(
  context: HubContext,
  { voter, strategies, network, block }: { voter: Address; strategies: readonly Strategy[]; network: string; block: number | "latest" },
): Promise<{ vp: number; byStrategy: number[] }> {
  const byStrategy: number[] = [];
  for (const strategy of strategies) byStrategy.push(await contractCall(context, strategy, { voter, network: strategy.network ?? network, block }));
  return { vp: byStrategy.reduce((sum, score) => sum + score, 0), byStrategy };
}

async function contractCall(
  context: HubContext,
  { name, params }: Strategy,
  { voter, network, block }: { voter: Address; network: string; block: number | "latest" },
): Promise<number> {
  if (name !== "contract-call") throw new Refused(`strategy "${name}" is not a valid strategy`);
  const { address, methodABI, decimals } = params as { address: Address; methodABI: AbiFunction; decimals: number };
  const abi: Abi = [methodABI];
  const call = { to: address, data: encodeFunctionData({ abi, functionName: methodABI.name, args: [voter] }) };
  const client = reader(context, network);
  try {
    const { data } = await client.call({ ...call, ...(block === "latest" ? {} : { blockNumber: BigInt(block) }) });
    const value = decodeFunctionResult({ abi, functionName: methodABI.name, data: data ?? "0x" });
    return Number.parseFloat(formatUnits(value as bigint, decimals));
  } catch (cause) {
    throw new Refused("failed to check voting power", { cause });
  }
}

export async function currentBlock(context: HubContext, network: string): Promise<number> {
  return Number(await reader(context, network).getBlockNumber());
}

function reader(context: HubContext, network: string) {
  const url = context.rpcUrls[network];
  if (url === undefined) throw new Refused("unsupported network");
  return createPublicClient({ transport: http(url, { retryCount: 0 }), cacheTime: 0 });
}

/** Counts a proposal's votes with the library's own voting. */
export function recount(context: HubContext, proposal: StoredProposal): void {
  const votes = [...context.state.votes.values()].filter((vote) => vote.proposal === proposal.id);
  const counted = votes.map((vote) => ({ choice: vote.choice, balance: vote.vp, scores: vote.vp_by_strategy }));
  const voting = new library.utils.voting[proposal.type](proposal, counted, proposal.strategies, {});
  proposal.scores = voting.getScores();
  proposal.scores_total = voting.getScoresTotal();
  proposal.votes = votes.length;
}
