import "reflect-metadata";
import { sign, type KeyObject } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import { ML_DSA_65_SPKI_PREFIX } from "../../runtime/mlDsa.ts";

/** Fixed, so that a certificate tells nothing of when its node started. */
const NOT_BEFORE = new Date("2020-01-01T00:00:00Z");
const NOT_AFTER = new Date("9999-12-31T23:59:59Z");
const ALGORITHM = "ML-DSA-65";

type CreateParameters = Parameters<typeof X509CertificateGenerator.create>;

/**
 * Self-signed X.509 of an ML-DSA-65 key, PEM (NET-1: the certificate's key is the identity key, no separate leaf).
 * Names and dates mean nothing: peers pin the key's hash (NET-4).
 */
export async function selfSignedCertificate(key: KeyObject, publicKey: Uint8Array): Promise<string> {
  // OpenSSL signs directly: Node's WebCrypto ML-DSA works too but warns that it is experimental.
  const subtle = { sign: async (_algorithm: unknown, _key: unknown, data: ArrayBuffer) => sign(null, Buffer.from(data), key) };
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: "01",
      subject: "CN=x0t",
      issuer: "CN=x0t",
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      publicKey: Buffer.concat([ML_DSA_65_SPKI_PREFIX, publicKey]),
      signingKey: { algorithm: { name: ALGORITHM } },
      signingAlgorithm: { name: ALGORITHM },
    } as unknown as CreateParameters[0],
    { subtle } as unknown as CreateParameters[1],
  );
  return certificate.toString("pem");
}
