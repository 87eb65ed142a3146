import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { nodeIdOf } from "../../../core/ids.ts";
import { signingContext } from "../../../core/signedObject.ts";
import { createIdentity } from "../../../node/identity/identity.ts";
import { generateNodeKeys } from "../../../runtime/keystore.ts";
import { rawPublicKey, verifyNative } from "../../../runtime/mlDsa.ts";

const TLS = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  ciphers: "TLS_AES_256_GCM_SHA384",
  ecdhCurve: "X25519MLKEM768",
  sigalgs: "mldsa65",
} as const;

describe("identity", () => {
  it("NET-1 the certificate is self-signed and its key is the identity key", async () => {
    const identity = await createIdentity(generateNodeKeys());
    const certificate = new X509Certificate(identity.certificatePem);
    assert.equal(certificate.publicKey.asymmetricKeyType, "ml-dsa-65");
    assert.equal(nodeIdOf(rawPublicKey(certificate.publicKey)), identity.nodeId);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.verify((new X509Certificate((await createIdentity(generateNodeKeys())).certificatePem)).publicKey), false);
  });

  it("NET-1 every signature is bound to its context", async () => {
    const { sign, publicKey } = await createIdentity(generateNodeKeys());
    const message = new TextEncoder().encode("x");
    const signature = sign(message, signingContext("did"));
    assert.ok(verifyNative(publicKey, message, signature, signingContext("did")));
    assert.equal(verifyNative(publicKey, message, signature, signingContext("descriptor")), false);
  });

  it("NET-4 node:tls takes both certificates with ML-DSA-65 and X25519MLKEM768 only", async () => {
    const [server, client] = [await createIdentity(generateNodeKeys()), await createIdentity(generateNodeKeys())];
    const listener = createServer({
      ...TLS,
      key: server.privateKeyPem,
      cert: server.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    });
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const accepted = once(listener, "secureConnection");
    const socket = connect({
      ...TLS,
      host: "127.0.0.1",
      port: (listener.address() as AddressInfo).port,
      key: client.privateKeyPem,
      cert: client.certificatePem,
      rejectUnauthorized: false,
    });
    try {
      await once(socket, "secureConnect");
      const [atServer] = (await accepted) as [typeof socket];
      assert.equal(nodeIdOf(rawPublicKey(socket.getPeerX509Certificate()!.publicKey)), server.nodeId);
      assert.equal(nodeIdOf(rawPublicKey(atServer.getPeerX509Certificate()!.publicKey)), client.nodeId);
      atServer.destroy();
    } finally {
      socket.destroy();
      listener.close();
    }
  });
});
