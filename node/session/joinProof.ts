import { createHmac, timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";

const LABEL = "x0t-join/1";
const EXPORTER_LABEL = "EXPORTER-x0t-join/1";

/** JOIN's proof (NET-11): HMAC-SHA256(key, "x0t-join/1" ‖ TLS exporter 32), good on this very tunnel only. */
export function joinProof(key: Uint8Array, tls: TLSSocket): Buffer {
  const exported = tls.exportKeyingMaterial(32, EXPORTER_LABEL, Buffer.alloc(0));
  return createHmac("sha256", key).update(LABEL).update(exported).digest();
}

export function isJoinProof(proof: Uint8Array, key: Uint8Array, tls: TLSSocket): boolean {
  const right = joinProof(key, tls);
  return proof.length === right.length && timingSafeEqual(proof, right);
}
