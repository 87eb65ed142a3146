import type { Address, Hex, LocalAccount } from "viem";
import { witnessProof } from "../core/eip712.ts";
import type { NodeId } from "../core/ids.ts";

/** The hot key's consent to be the witness key of `nodeId` under `operator` (REG-1). */
export async function signWitnessProof(
  witness: LocalAccount,
  parameters: { chainId: number; registry: Address; operator: Address; nodeId: NodeId },
): Promise<Hex> {
  const { operator, nodeId } = parameters;
  return witness.signTypedData(witnessProof(parameters, { operator, nodeId }));
}
