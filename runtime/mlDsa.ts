import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import type { MlDsaSign, MlDsaVerify } from "../core/signedObject.ts";
import { ML_DSA_65_PUBLIC_KEY_BYTES } from "../core/ids.ts";

/** DER in front of the 1,952 raw bytes of an ML-DSA-65 SubjectPublicKeyInfo (RFC 9881). */
export const ML_DSA_65_SPKI_PREFIX = Buffer.from("308207b2300b0609608648016503040312038207a100", "hex");

/** The 1,952 raw bytes of an ML-DSA-65 public key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const spki = (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" });
  return new Uint8Array(spki.subarray(ML_DSA_65_SPKI_PREFIX.length));
}

/** OpenSSL's ML-DSA-65 with a context string. */
export function signerOf(privateKey: KeyObject): MlDsaSign {
  return (message, context) => new Uint8Array(sign(null, message, { key: privateKey, context } as never));
}

/** OpenSSL's verification: about ten times as fast as pure JavaScript. */
export const verifyNative: MlDsaVerify = (publicKey, message, signature, context) => {
  if (publicKey.length !== ML_DSA_65_PUBLIC_KEY_BYTES) return false;
  const key = createPublicKey({
    key: Buffer.concat([ML_DSA_65_SPKI_PREFIX, publicKey]),
    format: "der",
    type: "spki",
  });
  return verify(null, message, { key, context } as never, signature);
};
