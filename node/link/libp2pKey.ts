import { publicKeyFromProtobuf, publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { PeerId, PrivateKey } from "@libp2p/interface";
import { peerIdFromPublicKey } from "@libp2p/peer-id";
import { hexToBytes } from "viem";
import { ML_DSA_65_PUBLIC_KEY_BYTES, ML_DSA_65_SIGNATURE_BYTES, nodeIdOf, type NodeId } from "../../core/ids.ts";
import { signingContext } from "../../core/signedObject.ts";
import { X0tError } from "../../core/x0tError.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";
import type { Identity } from "../identity/identity.ts";

const ED25519_PROTOBUF_BYTES = 36;
const ED25519_SIGNATURE_BYTES = 64;
const PARTS = [ML_DSA_65_PUBLIC_KEY_BYTES, ED25519_PROTOBUF_BYTES, ED25519_SIGNATURE_BYTES, ML_DSA_65_SIGNATURE_BYTES];
/** ML-DSA-65 public key ‖ Ed25519 key ‖ its signature of the NodeId ‖ the node's ML-DSA-65 signature of the Ed25519 key. */
export const BINDING_BYTES = PARTS.reduce((sum, bytes) => sum + bytes, 0);

/**
 * Ties a libp2p key and a NodeId to each other, both ways: what each side says first inside the TLS of a control link
 * (NET-17). libp2p names peers by this key; nothing else rests on it, authority is the NodeId's alone.
 */
export async function createBinding(identity: Identity, key: PrivateKey): Promise<Uint8Array> {
  const publicKey = publicKeyToProtobuf(key.publicKey);
  const byLibp2p = await key.sign(statement(identity.nodeId));
  const byNode = identity.sign(publicKey, signingContext("libp2p"));
  const binding = Buffer.concat([identity.publicKey, publicKey, byLibp2p, byNode]);
  if (binding.length !== BINDING_BYTES) throw new X0tError("X0T_LINK_BINDING", "The libp2p key must be Ed25519.");
  return binding;
}

/** @param nodeId whom TLS proved. @throws X0T_LINK_BINDING */
export async function verifyBinding(binding: Uint8Array, nodeId: NodeId): Promise<PeerId> {
  const fail = (cause?: unknown) =>
    new X0tError("X0T_LINK_BINDING", `Node ${nodeId} shows a libp2p key that is not bound to it.`, { cause });
  if (binding.length !== BINDING_BYTES) throw fail();
  const [nodeKey, keyBytes, byLibp2p, byNode] = split(binding);
  if (nodeIdOf(nodeKey) !== nodeId || !verifyNative(nodeKey, keyBytes, byNode, signingContext("libp2p"))) throw fail();
  try {
    const key = publicKeyFromProtobuf(keyBytes);
    if (key.type === "Ed25519" && (await key.verify(statement(nodeId), byLibp2p))) return peerIdFromPublicKey(key);
  } catch (cause) {
    throw fail(cause);
  }
  throw fail();
}

function split(binding: Uint8Array) {
  let at = 0;
  return PARTS.map((bytes) => binding.subarray(at, (at += bytes))) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
}

function statement(nodeId: NodeId): Uint8Array {
  return Buffer.concat([signingContext("libp2p"), hexToBytes(nodeId)]);
}
