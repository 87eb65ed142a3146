import assert from "node:assert/strict";
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import tls, { type TLSSocket } from "node:tls";
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";
import { X0tError } from "../../../core/x0tError.ts";
import { acceptTunnel, openTunnel, peerNodeId, tlsOptions, type AcceptedTunnel } from "../../../node/circuit/tunnel.ts";
import type { Identity } from "../../../node/identity/identity.ts";
import { socketPair, until } from "../../support/sockets.ts";
import { testIdentity } from "../../support/testIdentity.ts";

const live = new AbortController().signal;
const hasCode = (code: string) => (error: unknown) => error instanceof X0tError && error.code === code;

describe("node/circuit/tunnel", () => {
  let relay: Identity;
  let other: Identity;
  let pair: Awaited<ReturnType<typeof socketPair>>;

  before(async () => {
    [relay, other] = await Promise.all([testIdentity(), testIdentity()]);
  });
  beforeEach(async () => {
    pair = await socketPair();
  });
  afterEach(() => pair.close());

  const accept = (identity = relay, requestPeer?: (id: string) => boolean): Promise<AcceptedTunnel> =>
    acceptTunnel({ socket: pair.server, identity, alpns: ["x0t/1", "x0t-acct/1"], signal: live, ...(requestPeer && { requestPeer }) });
  const open = (options: Partial<Parameters<typeof openTunnel>[0]> = {}): Promise<TLSSocket> =>
    openTunnel({ under: pair.client, expect: relay.nodeId, alpn: "x0t/1", layer: 0, signal: live, ...options });

  it("NET-4 connects to the pinned relay and carries bytes both ways", async () => {
    const [accepted, client] = await Promise.all([accept(), open()]);
    assert.equal(accepted.alpn, "x0t/1");
    assert.equal(accepted.peer, undefined);
    assert.equal(peerNodeId(client), relay.nodeId);
    client.write("up");
    assert.equal(String((await once(accepted.tls, "data"))[0]), "up");
    accepted.tls.write("down");
    assert.equal(String((await once(client, "data"))[0]), "down");
  });

  it("NET-4 refuses a wrong NodeId silently: not a byte of content is written", async () => {
    const served = accept();
    await assert.rejects(open({ expect: other.nodeId }), hasCode("X0T_TUNNEL_PIN"));
    const received: Buffer[] = [];
    const result = await served.catch(() => undefined);
    result?.tls.on("data", (chunk: Buffer) => received.push(chunk));
    await until(() => pair.client.destroyed && pair.server.destroyed);
    assert.equal(received.length, 0);
  });

  it("NET-4 asks the client for its identity on request and pins it", async () => {
    const [accepted] = await Promise.all([accept(relay, (id) => id === other.nodeId), open({ identity: other })]);
    assert.equal(accepted.peer, other.nodeId);
  });

  it("NET-4 refuses a client without or with an unwelcome identity where one is asked for", async () => {
    const anonymous = accept(relay, () => true);
    const opening = open().catch(() => undefined);
    await assert.rejects(anonymous, hasCode("X0T_TUNNEL_PIN"));
    await opening;
    pair = await socketPair();
    const unwelcome = accept(relay, () => false);
    const second = open({ identity: other }).catch(() => undefined);
    await assert.rejects(unwelcome, hasCode("X0T_TUNNEL_PIN"));
    await second;
  });

  it("NET-4 refuses another ALPN, and a client without one", async () => {
    const served = assert.rejects(accept(), X0tError);
    await assert.rejects(open({ alpn: "h2" }), hasCode("X0T_TUNNEL_FAILED"));
    await served;
    pair = await socketPair();
    const without = accept();
    const client = tls.connect({ ...tlsOptions(), ALPNProtocols: undefined as never, socket: pair.client });
    client.on("error", () => undefined);
    await assert.rejects(without, hasCode("X0T_TUNNEL_PIN"));
  });

  it("NET-4 the client refuses a server that chose no ALPN", async () => {
    const server = new tls.TLSSocket(pair.server, {
      ...tlsOptions(),
      isServer: true,
      secureContext: tls.createSecureContext({ ...tlsOptions(), cert: relay.certificatePem, key: relay.privateKeyPem }),
    });
    server.on("error", () => undefined);
    await assert.rejects(open(), hasCode("X0T_TUNNEL_PIN"));
  });

  for (const [name, change] of [
    ["X25519 only", { ecdhCurve: "X25519" }],
    ["P-256 only", { ecdhCurve: "P-256" }],
    ["ML-KEM without X25519", { ecdhCurve: "MLKEM768" }],
    ["TLS 1.2 only", { minVersion: "TLSv1.2", maxVersion: "TLSv1.2", ciphers: "DEFAULT" }],
    ["AES-128 only", { ciphers: "TLS_AES_128_GCM_SHA256" }],
    ["classical signatures only", { sigalgs: "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256" }],
  ] as const) {
    it(`NET-4 a relay refuses a client with ${name}`, async () => {
      const served = accept();
      const client = tls.connect({ ...tlsOptions("x0t/1"), ...change, socket: pair.client });
      const connected = Promise.race([once(client, "secureConnect"), once(client, "close")]).catch((error: unknown) => error);
      await assert.rejects(served, hasCode("X0T_TUNNEL_FAILED"));
      await connected;
      assert.equal(client.authorized, false);
      await until(() => client.destroyed);
    });

    it(`NET-4 a client refuses a relay with ${name}`, async () => {
      const options = { ...tlsOptions("x0t/1"), cert: relay.certificatePem, key: relay.privateKeyPem, ...change };
      const server = new tls.TLSSocket(pair.server, {
        ...options,
        isServer: true,
        secureContext: tls.createSecureContext(options),
      });
      server.on("error", () => undefined);
      await assert.rejects(open(), hasCode("X0T_TUNNEL_FAILED"));
    });
  }

  for (const kind of ["ECDSA", "RSA", "ML-DSA-44"] as const) {
    it(`NET-4 a client refuses a relay with an ${kind} certificate, whatever signatures that offers`, async () => {
      const options = { ...tlsOptions("x0t/1"), sigalgs: undefined as never, ...(await otherCertificate(kind)) };
      const server = new tls.TLSSocket(pair.server, { ...options, isServer: true, secureContext: tls.createSecureContext(options) });
      server.on("error", () => undefined);
      await assert.rejects(open(), hasCode("X0T_TUNNEL_FAILED"));
    });
  }

  it("NET-4 never resumes: a client that offers a session gets a full handshake", async () => {
    const first = tls.connect({ ...tlsOptions("x0t/1"), socket: pair.client });
    const sessions: Buffer[] = [];
    first.on("session", (session: Buffer) => sessions.push(session)).on("error", () => undefined);
    const accepted = await accept();
    accepted.tls.write("x");
    await once(first, "data");
    pair.close();
    pair = await socketPair();
    const session = sessions.at(-1);
    const second = tls.connect({ ...tlsOptions("x0t/1"), socket: pair.client, ...(session && { session }) });
    second.on("error", () => undefined);
    const again = await accept();
    assert.equal(again.tls.isSessionReused(), false);
    assert.equal(second.isSessionReused(), false);
  });

  it("NET-5 nests three layers, and destroying the innermost ends the raw sockets", async () => {
    const pairs = [pair, await socketPair(), await socketPair()];
    const identities = [relay, other, await testIdentity()];
    let under: Duplex = pair.client;
    for (const [layer, identity] of identities.entries()) {
      const served = acceptTunnel({ socket: pairs[layer]!.server, identity, alpns: ["x0t/1"], signal: live });
      under = await openTunnel({ under, expect: identity.nodeId, alpn: "x0t/1", layer, signal: live });
      const { tls: ended } = await served;
      const next = pairs[layer + 1];
      if (next === undefined) ended.pipe(ended);
      else {
        ended.pipe(next.client);
        next.client.pipe(ended);
        ended.once("close", () => next.client.destroy());
      }
    }
    const sent = Buffer.alloc(200_000, "x0t");
    under.write(sent);
    const received: Buffer[] = [];
    under.on("data", (chunk: Buffer) => received.push(chunk));
    await until(() => Buffer.concat(received).length === sent.length);
    assert.deepEqual(Buffer.concat(received), sent);
    under.destroy();
    await until(() => pairs.every((each) => each.client.destroyed && each.server.destroyed), 5_000, "teardown");
    for (const each of pairs) each.close();
  });

  it("gives up when told to, and when the other side says nothing and closes", async () => {
    const controller = new AbortController();
    const opening = open({ signal: controller.signal });
    controller.abort();
    await assert.rejects(opening, hasCode("X0T_TUNNEL_FAILED"));
    pair.close();
    pair = await socketPair();
    const second = open();
    pair.server.destroy();
    await assert.rejects(second, hasCode("X0T_TUNNEL_FAILED"));
  });
});

const KEYS = {
  ECDSA: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "ML-DSA-44": () => generateKeyPairSync("ml-dsa-44" as never) as unknown as { publicKey: KeyObject; privateKey: KeyObject },
};
const ALGORITHMS = {
  ECDSA: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  RSA: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  "ML-DSA-44": { name: "ML-DSA-44" },
};

/** A self-signed certificate whose key is not what NET-4 asks. */
async function otherCertificate(kind: keyof typeof KEYS): Promise<{ cert: string; key: string }> {
  const { publicKey, privateKey } = KEYS[kind]();
  // ECDSA in X.509 is DER; the generator converts from WebCrypto's raw form.
  const subtle = {
    sign: async (_algorithm: unknown, _key: unknown, data: ArrayBuffer) =>
      sign(kind === "ML-DSA-44" ? null : "sha256", Buffer.from(data), { key: privateKey, dsaEncoding: "ieee-p1363" }),
  };
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: "01",
      subject: "CN=x0t",
      issuer: "CN=x0t",
      notBefore: new Date(0),
      notAfter: new Date("2100-01-01"),
      publicKey: publicKey.export({ type: "spki", format: "der" }),
      signingKey: { algorithm: ALGORITHMS[kind] },
      signingAlgorithm: ALGORITHMS[kind],
    } as never,
    { subtle } as never,
  );
  return { cert: certificate.toString("pem"), key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}
