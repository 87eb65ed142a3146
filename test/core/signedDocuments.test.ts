import assert from "node:assert/strict";
import * as dagCbor from "@ipld/dag-cbor";
import { blockDigest, cidFromDigest, digestFromCid } from "../../core/cid.ts";
import { decodeDescriptor, encodeDescriptor, readDescriptor, type Descriptor } from "../../core/descriptor.ts";
import { decodeDidDocument, encodeDidDocument, isReachable, type DidDocument } from "../../core/didDocument.ts";
import { didOf } from "../../core/ids.ts";
import { X0tError } from "../../core/x0tError.ts";
import { generateNodeKeys } from "../../runtime/keystore.ts";
import { signerOf, verifyNative } from "../../runtime/mlDsa.ts";

const keys = generateNodeKeys();
const sign = signerOf(keys.identity);
const operator = "0x0000000000000000000000000000000000000022" as const;
const expected = { chainId: 31337, nodeId: keys.nodeId, operator };

const document: DidDocument = {
  version: 1,
  did: didOf(31337, keys.nodeId),
  chainId: 31337,
  operator,
  publicKey: keys.publicKey,
  region: "eu-west",
  endpoint: { host: "127.0.1.1", relayPort: 9001, controlPort: 9002 },
  roles: ["relay", "exit"],
  exitPolicy: [{ action: "accept", network: "127.0.0.1/32", ports: [10880, 10880] }],
  protocol: 1,
};

const descriptor: Descriptor = {
  version: 1, nodeId: keys.nodeId, counter: 1_800_000_000_000, load: 3, funded: [keys.nodeId], work: 16, draining: false,
};

function refuses(code: string, call: () => unknown) {
  assert.throws(call, (error) => error instanceof X0tError && error.code === code);
}

describe("core/didDocument (NET-1, NET-2)", () => {
  it("round-trips", () => {
    assert.deepEqual(decodeDidDocument(encodeDidDocument(document, sign), expected, verifyNative), document);
  });

  it("NET-20 a node behind NAT says so and names no ports; nobody else says anything", () => {
    const hidden = { host: "192.0.2.1", relayPort: 0, controlPort: 0, reachable: false as const };
    const block = encodeDidDocument({ ...document, endpoint: hidden }, sign);
    assert.deepEqual(decodeDidDocument(block, expected, verifyNative).endpoint, hidden);
    assert.equal(isReachable(hidden), false);
    assert.equal(isReachable(document.endpoint), true);
    for (const endpoint of [
      { ...document.endpoint, reachable: false },
      { ...document.endpoint, reachable: true },
      { ...document.endpoint, relayPort: 0 },
      { ...hidden, controlPort: 9002 },
      { host: "192.0.2.1", relayPort: 0, controlPort: 0 },
    ]) {
      const wrong = encodeDidDocument({ ...document, endpoint } as DidDocument, sign);
      refuses("X0T_BAD_DID_DOCUMENT", () => decodeDidDocument(wrong, expected, verifyNative));
    }
  });

  it("refuses another operator, chain, node or a changed byte", () => {
    const block = encodeDidDocument(document, sign);
    refuses("X0T_BAD_DID_DOCUMENT", () =>
      decodeDidDocument(block, { ...expected, operator: "0x0000000000000000000000000000000000000033" }, verifyNative));
    refuses("X0T_BAD_DID_DOCUMENT", () => decodeDidDocument(block, { ...expected, chainId: 1 }, verifyNative));
    refuses("X0T_BAD_DID_DOCUMENT", () =>
      decodeDidDocument(block, { ...expected, nodeId: generateNodeKeys().nodeId }, verifyNative));
    const region = Buffer.from(block).indexOf("eu-west");
    const changed = Uint8Array.from(block);
    changed[region]! ^= 1;
    refuses("X0T_BAD_DID_DOCUMENT", () => decodeDidDocument(changed, expected, verifyNative));
  });

  it("refuses an unknown field and a host that is no literal", () => {
    const extra = encodeDidDocument({ ...document, extra: 1 } as DidDocument, sign);
    refuses("X0T_BAD_DID_DOCUMENT", () => decodeDidDocument(extra, expected, verifyNative));
    const named = encodeDidDocument({ ...document, endpoint: { ...document.endpoint, host: "relay.example" } }, sign);
    refuses("X0T_BAD_DID_DOCUMENT", () => decodeDidDocument(named, expected, verifyNative));
  });
});

describe("core/descriptor (NET-2)", () => {
  it("round-trips and names its node before it is verified", () => {
    const block = encodeDescriptor(descriptor, sign);
    assert.deepEqual(decodeDescriptor(block, keys.publicKey, verifyNative), descriptor);
    assert.equal(readDescriptor(block).descriptor.nodeId, keys.nodeId);
  });

  it("refuses another node's key, a false signature, an oversized block and garbage", () => {
    const block = encodeDescriptor(descriptor, sign);
    refuses("X0T_BAD_DESCRIPTOR", () => decodeDescriptor(block, generateNodeKeys().publicKey, verifyNative));
    const { body } = dagCbor.decode<{ body: Uint8Array }>(block);
    const forged = dagCbor.encode({ body, sig: new Uint8Array(3309) });
    refuses("X0T_BAD_DESCRIPTOR", () => decodeDescriptor(forged, keys.publicKey, verifyNative));
    refuses("X0T_BAD_DESCRIPTOR", () => decodeDescriptor(new Uint8Array(9000), keys.publicKey, verifyNative));
    refuses("X0T_BAD_SIGNED_OBJECT", () => decodeDescriptor(new Uint8Array([1, 2, 3]), keys.publicKey, verifyNative));
  });
});

describe("core/cid", () => {
  it("people's base32 and the chain's bytes32 are the same name", () => {
    const digest = blockDigest(encodeDescriptor(descriptor, sign));
    const cid = cidFromDigest(digest);
    assert.match(cid, /^bafyrei/);
    assert.equal(digestFromCid(cid), digest);
  });

  it("refuses what is no CIDv1 of a dag-cbor block", () => {
    for (const wrong of ["", "hello", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"]) {
      refuses("X0T_BAD_CID", () => digestFromCid(wrong));
    }
  });
});
