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
