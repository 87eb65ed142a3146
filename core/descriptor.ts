import { hexToBytes, type Hex } from "viem";
import { z } from "zod";
import { ML_DSA_65_PUBLIC_KEY_BYTES, nodeIdOf, type NodeId } from "./ids.ts";
import { bytesField, parseStrict, uintField } from "./schema.ts";
import { decodeSigned, encodeSigned, verifySigned, type MlDsaSign, type MlDsaVerify, type SignedObject } from "./signedObject.ts";
import { X0tError } from "./x0tError.ts";

/** How long a descriptor is valid from its counter on (NET-2). */
export const DESCRIPTOR_LIFETIME_MS = 3_600_000;
/** Largest encoded descriptor (NET-17). */
export const MAX_DESCRIPTOR_BYTES = 8_192;

/** What changes often about a node, gossiped (NET-2). */
export interface Descriptor {
  version: 1;
  nodeId: NodeId;
  /** Unix milliseconds of its making; the highest wins. */
  counter: number;
  /** 0 idle to 9 full. */
  load: number;
  /** Peers this node has a funded channel to (≤ 64): it can extend to them. */
  funded: NodeId[];
  /** Zero bits that a stranger's preface must show (NET-6). */
  work: number;
  draining: boolean;
}

const schema = z.strictObject({
  version: z.literal(1),
  nodeId: bytesField(32),
  counter: uintField,
  load: z.number().int().min(0).max(9),
  funded: z.array(bytesField(32)).max(64),
  work: z.number().int().min(0).max(24),
  draining: z.boolean(),
});

export function encodeDescriptor(descriptor: Descriptor, sign: MlDsaSign): Uint8Array {
  return encodeSigned(
    "descriptor",
    { ...descriptor, nodeId: hexToBytes(descriptor.nodeId), funded: descriptor.funded.map((id) => hexToBytes(id as Hex)) },
    sign,
  );
}

/** A descriptor that anybody may have written. */
export interface UnverifiedDescriptor {
  descriptor: Descriptor;
  object: SignedObject;
}

/** Decodes only: whose key is to be looked up. @throws X0T_BAD_DESCRIPTOR, X0T_BAD_SIGNED_OBJECT */
export function readDescriptor(block: Uint8Array): UnverifiedDescriptor {
  if (block.length > MAX_DESCRIPTOR_BYTES) {
    throw new X0tError("X0T_BAD_DESCRIPTOR", `Descriptor of ${block.length} bytes, at most ${MAX_DESCRIPTOR_BYTES}.`);
  }
  const object = decodeSigned(block);
  return { descriptor: parseStrict(schema, object.value, "X0T_BAD_DESCRIPTOR", "Descriptor"), object };
}

/** Checks against the node's public key from its DID document. @throws X0T_BAD_DESCRIPTOR */
export function verifyDescriptor({ descriptor, object }: UnverifiedDescriptor, publicKey: Uint8Array, verify?: MlDsaVerify): Descriptor {
  if (publicKey.length !== ML_DSA_65_PUBLIC_KEY_BYTES || nodeIdOf(publicKey) !== descriptor.nodeId) {
    throw new X0tError("X0T_BAD_DESCRIPTOR", `Descriptor of ${descriptor.nodeId}: the key is another node's.`);
  }
  if (!verifySigned("descriptor", object, publicKey, verify)) {
    throw new X0tError("X0T_BAD_DESCRIPTOR", `Descriptor of ${descriptor.nodeId}: its signature is false.`);
  }
  return descriptor;
}

/** Both. @throws X0T_BAD_DESCRIPTOR, X0T_BAD_SIGNED_OBJECT */
export function decodeDescriptor(block: Uint8Array, publicKey: Uint8Array, verify?: MlDsaVerify): Descriptor {
  return verifyDescriptor(readDescriptor(block), publicKey, verify);
}
