import { concat, encodeFunctionData, parseAbi, zeroAddress, type Abi, type Address, type Hex } from "viem";
import { chainId, guardians, poor, publicClient, type Protocol } from "./protocol.ts";

export const SAFE_ABI = parseAbi([
  "function nonce() view returns (uint256)",
  "function getOwners() view returns (address[])",
  "function getThreshold() view returns (uint256)",
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) returns (bool success)",
]);

export const SAFE_TX = [
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "data", type: "bytes" },
  { name: "operation", type: "uint8" },
  { name: "safeTxGas", type: "uint256" },
  { name: "baseGas", type: "uint256" },
  { name: "gasPrice", type: "uint256" },
  { name: "gasToken", type: "address" },
  { name: "refundReceiver", type: "address" },
  { name: "nonce", type: "uint256" },
] as const;

type Wallet = (typeof guardians)[number];

export interface SafeCall {
  to: Address;
  data: Hex;
  nonce: bigint;
}

/** One owner's EIP-712 signature of a Safe transaction. */
export async function signSafeTx({ guardian }: Protocol, by: Wallet, { to, data, nonce }: SafeCall): Promise<Hex> {
  return by.signTypedData({
    domain: { chainId, verifyingContract: guardian.address },
    types: { SafeTx: SAFE_TX },
    primaryType: "SafeTx",
    message: {
      to,
      value: 0n,
      data,
      operation: 0,
      safeTxGas: 0n,
      baseGas: 0n,
      gasPrice: 0n,
      gasToken: zeroAddress,
      refundReceiver: zeroAddress,
      nonce,
    },
  });
}

export async function safeNonce({ guardian }: Protocol): Promise<bigint> {
  return publicClient.readContract({ address: guardian.address, abi: SAFE_ABI, functionName: "nonce" });
}

/** Sends a Safe transaction with these signatures; any account may, so one that owns nothing does. */
export async function execSafeTx({ guardian }: Protocol, { to, data }: SafeCall, signatures: readonly Hex[]): Promise<Hex> {
  const safe = encodeFunctionData({
    abi: SAFE_ABI,
    functionName: "execTransaction",
    args: [to, 0n, data, 0, 0n, 0n, 0n, zeroAddress, zeroAddress, concat(signatures)],
  });
  return poor.sendTransaction({ to: guardian.address, data: safe });
}

/** The guardian calls `target`, signed by two of its three owners unless told otherwise. A revert of the call comes through. */
export async function bySafe(
  protocol: Protocol,
  target: Address,
  data: Hex,
  signers: readonly Wallet[] = guardians.slice(0, 2),
): Promise<Hex> {
  const call = { to: target, data, nonce: await safeNonce(protocol) };
  // Safe wants the signatures in the order of their owners.
  const ordered = [...signers].sort((a, b) => (BigInt(a.account.address) < BigInt(b.account.address) ? -1 : 1));
  const signatures = await Promise.all(ordered.map((signer) => signSafeTx(protocol, signer, call)));
  return execSafeTx(protocol, call, signatures);
}

/** The guardian pauses until `until`. */
export async function pauseBySafe(protocol: Protocol, until: bigint, signers?: readonly Wallet[]): Promise<Hex> {
  return bySafe(protocol, protocol.seat.address, seatCall(protocol, "pause", [until]), signers);
}

export function seatCall({ seat }: Protocol, functionName: string, args: readonly unknown[]): Hex {
  return encodeFunctionData({ abi: seat.abi as Abi, functionName, args });
}
