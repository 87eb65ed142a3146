import type { Address, Hex, LocalAccount } from "viem";
import { uptimeReceipt } from "../core/eip712.ts";
import type { NodeIndex } from "../core/ids.ts";

/** A witness's EIP-712 receipt: it saw `node` relay within the slot (PRF-1). @returns 65 bytes r ‖ s ‖ v, low s. */
export async function signReceipt(
  witness: LocalAccount,
  parameters: { chainId: number; ledger: Address; epoch: number; slot: number; node: NodeIndex },
): Promise<Hex> {
  const { epoch, slot, node } = parameters;
  return witness.signTypedData(uptimeReceipt(parameters, { epoch: BigInt(epoch), slot, node }));
}
