import { hexToBytes, recoverTypedDataAddress, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { signVoucher } from "../../chain/signVoucher.ts";
import { voucher } from "../../core/eip712.ts";

/** Where vouchers are redeemed: part of what is signed. */
export interface VoucherDomain {
  chainId: number;
  /** The RelayChannels contract. */
  channels: Address;
}

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

export interface VoucherSigner {
  address: Address;
  /** @returns 65 bytes r ‖ s ‖ v, low s. */
  sign(channel: Hex, cumulativeWei: bigint): Promise<Hex>;
}

export function createVoucherSigner(domain: VoucherDomain, key: Hex): VoucherSigner {
  const account = privateKeyToAccount(key);
  return {
    address: account.address,
    sign: (channel, cumulative) => signVoucher(account, { ...domain, channel, cumulative }),
  };
}

/** Who signed a voucher; undefined if the contract would refuse the signature (ECDSA, low s, v 27 or 28). */
export async function recoverVoucherSigner(
  domain: VoucherDomain,
  message: { channel: Hex; cumulative: bigint; signature: Hex },
): Promise<Address | undefined> {
  const { channel, cumulative, signature } = message;
  const bytes = hexToBytes(signature);
  if (bytes.length !== 65 || (bytes[64] !== 27 && bytes[64] !== 28)) return undefined;
  if (BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER) return undefined;
  try {
    return await recoverTypedDataAddress({ ...voucher(domain, { channel, cumulative }), signature });
  } catch {
    return undefined;
  }
}
