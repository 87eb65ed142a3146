import type { Address, Hex } from "viem";
import { getBlock, getContractEvents } from "viem/actions";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import { X0tError } from "../core/x0tError.ts";
import type { Reader } from "./client.ts";
import { findBlock } from "./findBlock.ts";
import { readHead } from "./readHead.ts";

/** Blocks in one request for events: fewer than any public endpoint refuses. */
const PAGE = 500n;

/**
 * SHA-256 of the bundle behind a commit, out of its `Committed` event: the ledger does not store it (PRF-2). The event
 * stands in a block of the second `committedAt`, so on a steady chain this takes six requests, whatever its age.
 * @throws X0T_LOGS_MISSING if the endpoint serves no events of that time
 */
export async function findBundleCid(
  client: Reader,
  parameters: { ledger: Address; node: NodeIndex; epoch: number; committedAt: number },
): Promise<Hex> {
  const { ledger, node, epoch, committedAt } = parameters;
  const at = { address: ledger, abi: proofLedgerAbi, eventName: "Committed", args: { node, epoch: BigInt(epoch) } } as const;
  const head = await readHead(client);
  let from = (await findBlock(client, { timestamp: committedAt })) ?? head.number + 1n;
  while (from <= head.number) {
    const to = from + PAGE > head.number ? head.number : from + PAGE;
    const [event] = await getContractEvents(client, { ...at, strict: true, fromBlock: from, toBlock: to });
    if (event !== undefined) return event.args.cid;
    // Many blocks may share a second on a development chain.
    if (Number((await getBlock(client, { blockNumber: to })).timestamp) > committedAt) break;
    from = to + 1n;
  }
  throw new X0tError("X0T_LOGS_MISSING", `No event of node ${node}'s commit for epoch ${epoch}: the RPC endpoint is behind, or keeps no logs.`, {
    retryable: true,
    data: { node, epoch },
  });
}
