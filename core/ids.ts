import { hexToBytes, sha256, type Address, type Hex } from "viem";
import { hexOf } from "./hex.ts";
import { X0tError } from "./x0tError.ts";

export type { Address, Hex };
/** SHA-256 of the 1,952 raw bytes of an ML-DSA-65 public key, 0x and 64 lower-case hex digits (NET-1). */
export type NodeId = Hex;
/** Registry index: sequential and permanent. */
export type NodeIndex = number;

export const ML_DSA_65_PUBLIC_KEY_BYTES = 1952;
export const ML_DSA_65_SIGNATURE_BYTES = 3309;

/** NET-1. @param publicKey 1,952 raw bytes. @throws X0T_BAD_PUBLIC_KEY */
export function nodeIdOf(publicKey: Uint8Array): NodeId {
  if (publicKey.length !== ML_DSA_65_PUBLIC_KEY_BYTES) {
    throw new X0tError("X0T_BAD_PUBLIC_KEY", `An ML-DSA-65 public key has 1,952 bytes, not ${publicKey.length}.`);
  }
  return hexOf(sha256(publicKey, "bytes"));
}

/** DID of a node: `did:x0t:<chainId>:<nodeId hex without 0x>` (NET-1). */
export function didOf(chainId: number, nodeId: NodeId): string {
  return `did:x0t:${chainId}:${nodeId.slice(2)}`;
}

export function nodeIdBytes(nodeId: NodeId): Uint8Array {
  return hexToBytes(nodeId);
}

export function nodeIdFromBytes(bytes: Uint8Array): NodeId {
  return hexOf(bytes);
}
