import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { Reader } from "./client.ts";

/** A commit as the ledger holds it; `findBundleCid` tells where its bundle is. */
export interface ProofCommit {
  node: NodeIndex;
  epoch: number;
  bitmap: bigint;
  /** Every slot that a challenge named so far. */
  named: bigint;
  receiptsRoot: Hex;
  weight: bigint;
  relayedBytes: bigint;
  /** Seconds since 1970. */
  committedAt: number;
  openChallenges: number;
  /** The weight has the factor 1.10 (PRF-3). */
  bonus: boolean;
  enforced: boolean;
}

/** The commit of a node for an epoch; undefined if there is none. */
export async function readCommit(
  client: Reader,
  parameters: { ledger: Address; node: NodeIndex; epoch: number },
): Promise<ProofCommit | undefined> {
  const { ledger, node, epoch } = parameters;
  const commit = await readContract(client, {
    address: ledger,
    abi: proofLedgerAbi,
    functionName: "commitOf",
    args: [node, BigInt(epoch)],
  });
  if (commit.committedAt === 0) return undefined;
  return { ...commit, node, epoch };
}
