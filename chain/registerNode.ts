import { parseEventLogs, type Address, type Hex, type TransactionReceipt } from "viem";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { NodeId, NodeIndex } from "../core/ids.ts";
import { X0tError } from "../core/x0tError.ts";
import { approveToken } from "./approveToken.ts";
import type { TxSender } from "./client.ts";

export interface RegisterNodeParameters {
  token: Address;
  registry: Address;
  nodeId: NodeId;
  /** The hot key's address. */
  witness: Address;
  /** Digest of the DID document's block. */
  metadata: Hex;
  stakeWei: bigint;
  /** `chain/signWitnessProof.ts`, by the hot key. */
  proofOfPossession: Hex;
}

/** Registers a node of the sender, its operator, and locks its first stake (REG-1). @throws X0T_REVERTED */
export async function registerNode(
  sender: TxSender,
  parameters: RegisterNodeParameters,
  signal?: AbortSignal,
): Promise<{ index: NodeIndex; receipt: TransactionReceipt }> {
  const { token, registry, nodeId, witness, metadata, stakeWei, proofOfPossession } = parameters;
  await approveToken(sender, { token, spender: registry, amountWei: stakeWei }, signal);
  const receipt = await sender.send(
    {
      address: registry,
      abi: nodeRegistryAbi,
      functionName: "register",
      args: [nodeId, witness, metadata, stakeWei, proofOfPossession],
    },
    signal,
  );
  const [event] = parseEventLogs({ abi: nodeRegistryAbi, eventName: "NodeRegistered", logs: receipt.logs });
  if (event === undefined) {
    throw new X0tError("X0T_BAD_CONTRACT", `${registry} registered no node: it is not the NodeRegistry of this release.`);
  }
  return { index: event.args.node, receipt };
}
