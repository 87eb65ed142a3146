import * as dagCbor from "@ipld/dag-cbor";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { ML_DSA_65_PUBLIC_KEY_BYTES, ML_DSA_65_SIGNATURE_BYTES } from "./ids.ts";
import { X0tError } from "./x0tError.ts";

/** What is signed; the ML-DSA context is `x0t/<type>/1`, so no signature can stand for another (NET-1). */
export type SignedType = "did" | "descriptor" | "bundle" | "libp2p";

export interface SignedObject {
  body: Uint8Array;
  sig: Uint8Array;
}

/** (message, context) → 3,309 bytes. */
export type MlDsaSign = (message: Uint8Array, context: Uint8Array) => Uint8Array;
export type MlDsaVerify = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  context: Uint8Array,
) => boolean;

export function signingContext(type: SignedType): Uint8Array {
  return new TextEncoder().encode(`x0t/${type}/1`);
}

/** Encodes `value` as the body, signs it and returns the dag-cbor block `{body, sig}`. */
export function encodeSigned(type: SignedType, value: unknown, sign: MlDsaSign): Uint8Array {
  const body = dagCbor.encode(value);
  return dagCbor.encode({ body, sig: sign(body, signingContext(type)) });
}

/** @throws X0T_BAD_SIGNED_OBJECT if the block is not exactly `{body: bytes, sig: bytes}` or its body not dag-cbor. */
export function decodeSigned(block: Uint8Array): SignedObject & { value: unknown } {
  try {
    const object = dagCbor.decode<Record<string, unknown>>(block);
    const { body, sig } = object;
    if (Object.keys(object).length !== 2 || !(body instanceof Uint8Array) || !(sig instanceof Uint8Array)) {
      throw new TypeError("not {body: bytes, sig: bytes}");
    }
    return { body, sig, value: dagCbor.decode(body) };
  } catch (cause) {
    throw new X0tError("X0T_BAD_SIGNED_OBJECT", `Not a signed object: ${(cause as Error).message}.`, { cause });
  }
}

/** False also for keys and signatures of a wrong length. @param verify native where there is one; pure JavaScript by default. */
export function verifySigned(
  type: SignedType,
  object: SignedObject,
  publicKey: Uint8Array,
  verify: MlDsaVerify = verifyMlDsa65,
): boolean {
  if (publicKey.length !== ML_DSA_65_PUBLIC_KEY_BYTES || object.sig.length !== ML_DSA_65_SIGNATURE_BYTES) return false;
  return verify(publicKey, object.body, object.sig, signingContext(type));
}

/** FIPS 204 verification in pure JavaScript: browsers have no native one. */
export const verifyMlDsa65: MlDsaVerify = (publicKey, message, signature, context) =>
  ml_dsa65.verify(signature, message, publicKey, { context });
