import { hexToBytes, recoverTypedDataAddress, type Address, type Hex } from "viem";
import { uptimeReceipt } from "./eip712.ts";

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * Who signed a receipt, exactly as the ledger recovers it (PRF-1): 65 bytes, low s, v 27 or 28. A recovery that takes
 * more would let one witness make a node commit what it cannot answer for.
 * @returns undefined for a signature that the ledger would refuse.
 */
export async function recoverReceipt(
  at: { chainId: number; ledger: Address; epoch: number; node: number },
  slot: number,
  signature: Hex,
): Promise<Address | undefined> {
  try {
    const bytes = hexToBytes(signature);
    if (bytes.length !== 65 || (bytes[64] !== 27 && bytes[64] !== 28)) return undefined;
    if (BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER) return undefined;
    const message = uptimeReceipt(at, { epoch: BigInt(at.epoch), slot, node: at.node });
    return await recoverTypedDataAddress({ ...message, signature });
  } catch {
    return undefined;
  }
}
