import { HttpRequestError, RpcRequestError, BaseError, type Address, type Hex } from "viem";
import { getContractEvents } from "viem/actions";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import type { ProposalCall } from "../core/proposal.ts";
import type { Reader } from "./client.ts";
import { readHead } from "./readHead.ts";

/** What a proposal is, as its event says. */
export interface Proposal {
  id: bigint;
  proposer: Address;
  calls: readonly ProposalCall[];
  /** With its proposer's mark. */
  description: string;
  blockNumber: bigint;
  transactionHash: Hex;
}

/** Blocks in one request at first; halved for endpoints that refuse as many, down to what none refuses. */
const MOST_BLOCKS = 10_000n;
const LEAST_BLOCKS = 100n;

/**
 * The proposals since `fromBlock` (the book's deployBlock), newest first, a page of blocks at a time: whoever has found
 * what it looks for stops. @param parameters.onPage told how many blocks are still ahead.
 */
export async function* findProposals(
  client: Reader,
  parameters: { governor: Address; fromBlock: number | bigint; onPage?: (left: bigint) => void },
): AsyncGenerator<Proposal[]> {
  const { governor, onPage } = parameters;
  const first = BigInt(parameters.fromBlock);
  let { number: last } = await readHead(client);
  let size = MOST_BLOCKS;
  while (last >= first) {
    if (size > last - first + 1n) size = last - first + 1n;
    const from = last - size + 1n;
    let page: Proposal[];
    try {
      page = await readPage(client, governor, from, last);
    } catch (error) {
      if (size <= LEAST_BLOCKS || !wasAnswered(error)) throw error;
      size /= 2n;
      continue;
    }
    onPage?.(from - first);
    yield page.reverse();
    last = from - 1n;
  }
}

async function readPage(client: Reader, governor: Address, fromBlock: bigint, toBlock: bigint): Promise<Proposal[]> {
  const events = await getContractEvents(client, {
    address: governor,
    abi: x0tGovernorAbi,
    eventName: "ProposalCreated",
    strict: true,
    fromBlock,
    toBlock,
  });
  return events.map(({ args, blockNumber, transactionHash }) => ({
    id: args.proposalId,
    proposer: args.proposer,
    calls: args.targets.map((target, index) => ({ target, valueWei: args.values[index] ?? 0n, data: args.calldatas[index] ?? "0x" })),
    description: args.description,
    blockNumber,
    transactionHash,
  }));
}

/** The endpoint refused; it did not fail to answer. */
function wasAnswered(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  return error.walk((cause) => cause instanceof RpcRequestError || (cause instanceof HttpRequestError && cause.status !== undefined)) !== null;
}
