import type { Address, Hex, LocalAccount } from "viem";
import { voucher } from "../core/eip712.ts";

/** The channel's signer owes `cumulative` wei over its whole life (CHN-1). @returns 65 bytes r ‖ s ‖ v, low s. */
export async function signVoucher(
  signer: LocalAccount,
  parameters: { chainId: number; channels: Address; channel: Hex; cumulative: bigint },
): Promise<Hex> {
  const { channel, cumulative } = parameters;
  return signer.signTypedData(voucher(parameters, { channel, cumulative }));
}
