import type { Address, Hex } from "viem";

/** The only copy of the protocol's EIP-712 schemas (docs/spec/contracts.md, Encodings). */
export const UPTIME_RECEIPT_TYPES = {
  UptimeReceipt: [
    { name: "epoch", type: "uint64" },
    { name: "slot", type: "uint8" },
    { name: "node", type: "uint32" },
  ],
} as const;

export const VOUCHER_TYPES = {
  Voucher: [
    { name: "channel", type: "bytes32" },
    { name: "cumulative", type: "uint256" },
  ],
} as const;

export const WITNESS_TYPES = {
  Witness: [
    { name: "operator", type: "address" },
    { name: "nodeId", type: "bytes32" },
  ],
} as const;

/** ERC-2612. */
export const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

export type DomainName = "ProofLedger" | "RelayChannels" | "NodeRegistry" | "X0TToken";

function domain(name: DomainName, chainId: number, verifyingContract: Address) {
  return { name, version: "1", chainId, verifyingContract } as const;
}

/** PRF-1: a witness saw `node` (registry index) relay within `slot` of `epoch`. */
export function uptimeReceipt(
  at: { chainId: number; ledger: Address },
  message: { epoch: bigint; slot: number; node: number },
) {
  return {
    domain: domain("ProofLedger", at.chainId, at.ledger),
    types: UPTIME_RECEIPT_TYPES,
    primaryType: "UptimeReceipt",
    message,
  } as const;
}

/** CHN-1: the payer owes `cumulative` wei over the channel's whole life. */
export function voucher(
  at: { chainId: number; channels: Address },
  message: { channel: Hex; cumulative: bigint },
) {
  return {
    domain: domain("RelayChannels", at.chainId, at.channels),
    types: VOUCHER_TYPES,
    primaryType: "Voucher",
    message,
  } as const;
}

/** REG-1: proof of possession of a witness key. */
export function witnessProof(
  at: { chainId: number; registry: Address },
  message: { operator: Address; nodeId: Hex },
) {
  return {
    domain: domain("NodeRegistry", at.chainId, at.registry),
    types: WITNESS_TYPES,
    primaryType: "Witness",
    message,
  } as const;
}

/** ERC-2612: `spender` may take `value` wei of `owner`'s X0T until `deadline` (seconds since 1970). */
export function permit(
  at: { chainId: number; token: Address },
  message: { owner: Address; spender: Address; value: bigint; nonce: bigint; deadline: bigint },
) {
  return {
    domain: domain("X0TToken", at.chainId, at.token),
    types: PERMIT_TYPES,
    primaryType: "Permit",
    message,
  } as const;
}
