import type { KeyObject } from "node:crypto";
import type { NodeId } from "../../core/ids.ts";
import type { MlDsaSign } from "../../core/signedObject.ts";
import type { NodeKeys } from "../../runtime/keystore.ts";
import { signerOf } from "../../runtime/mlDsa.ts";
import { selfSignedCertificate } from "./certificate.ts";

/** Who a node is: one ML-DSA-65 key for TLS and for every signed object (NET-1). */
export interface Identity {
  nodeId: NodeId;
  /** 1,952 raw bytes. */
  publicKey: Uint8Array;
  key: KeyObject;
  /** Self-signed X.509 whose key is the identity key. */
  certificatePem: string;
  /** PKCS#8; never logged (NET-3). */
  privateKeyPem: string;
  /** ML-DSA-65 with a context `x0t/<type>/1`. */
  sign: MlDsaSign;
}

export async function createIdentity(keys: Pick<NodeKeys, "identity" | "publicKey" | "nodeId">): Promise<Identity> {
  return {
    nodeId: keys.nodeId,
    publicKey: keys.publicKey,
    key: keys.identity,
    certificatePem: await selfSignedCertificate(keys.identity, keys.publicKey),
    privateKeyPem: keys.identity.export({ type: "pkcs8", format: "pem" }).toString(),
    sign: signerOf(keys.identity),
  };
}
