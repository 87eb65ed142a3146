import type { Address } from "viem";
import { readContract } from "viem/actions";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import { slotsOf } from "../core/bundle.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { Reader } from "./client.ts";
import { readPaged } from "./readPaged.ts";

export interface ProofChallenge {
  challengeId: bigint;
  challenger: Address;
  /** Last second in which an answer is accepted. */
  deadline: number;
  /** Answered, or its bond settled by enforcement. */
  closed: boolean;
  slots: number[];
}

/** All challenges of one commit, oldest first. */
export async function readChallenges(
  client: Reader,
  parameters: { ledger: Address; node: NodeIndex; epoch: number },
): Promise<ProofChallenge[]> {
  const { ledger, node, epoch } = parameters;
  const at = { address: ledger, abi: proofLedgerAbi } as const;
  const count = await readContract(client, { ...at, functionName: "challengeCount", args: [node, BigInt(epoch)] });
  return readPaged(Number(count), async (index) => {
    const challengeId = BigInt(index);
    const challenge = await readContract(client, {
      ...at,
      functionName: "challengeOf",
      args: [node, BigInt(epoch), challengeId],
    });
    return { ...challenge, challengeId, deadline: Number(challenge.deadline), slots: slotsOf(challenge.slots) };
  });
}
