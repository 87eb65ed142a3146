import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { privateKeyToAccount, generatePrivateKey } from "viem/accounts";
import { bitmapOf, decodeBundle, encodeBundle, slotsOf, verifyBundle, type Bundle, type BundleExpectation } from "../../core/bundle.ts";
import { blockDigest } from "../../core/cid.ts";
import { uptimeReceipt } from "../../core/eip712.ts";
import { nodeIdOf } from "../../core/ids.ts";
import { receiptsRoot, type Receipt } from "../../core/receiptTree.ts";
import { rawPublicKey, signerOf, verifyNative } from "../../runtime/mlDsa.ts";
import { highS } from "../support/highS.ts";

const ledger = "0x0000000000000000000000000000000000000011" as const;
const chainId = 31337;
const node = 7;
const epoch = 1000;
const identity = (generateKeyPairSync("ml-dsa-65" as never) as unknown as { privateKey: KeyObject }).privateKey;
const publicKey = rawPublicKey(identity);
const witnesses = new Map([1, 2, 3].map((index) => [index, privateKeyToAccount(generatePrivateKey())] as const));

async function receipt(slot: number, witness: number): Promise<Receipt> {
  const message = uptimeReceipt({ chainId, ledger }, { epoch: BigInt(epoch), slot, node });
  return { slot, witness, signature: await witnesses.get(witness)!.signTypedData(message) };
}

async function honest(): Promise<{ bundle: Bundle; block: Uint8Array; expected: BundleExpectation }> {
  const receipts = await Promise.all([receipt(0, 1), receipt(0, 2), receipt(4, 1), receipt(4, 2), receipt(4, 3)]);
  const bundle: Bundle = {
    version: 1, chainId, ledger, node, publicKey, epoch, bitmap: bitmapOf([0, 4]), relayedBytes: 123_456, receipts,
  };
  const block = encodeBundle(bundle, signerOf(identity));
  return { bundle, block, expected: expectationOf(bundle, block) };
}

function expectationOf(bundle: Bundle, block: Uint8Array): BundleExpectation {
  return {
    chainId, ledger, node, nodeId: nodeIdOf(publicKey), epoch, minWitnesses: 2,
    commit: {
      bitmap: bundle.bitmap,
      receiptsRoot: receiptsRoot(bundle.receipts),
      relayedBytes: BigInt(bundle.relayedBytes),
      cid: blockDigest(block),
    },
    committee: () => [1, 2, 3],
    witnessKey: (index) => witnesses.get(index)?.address,
  };
}

describe("core/bundle", () => {
  it("accepts an honest bundle, with OpenSSL's and with JavaScript's ML-DSA-65", async () => {
    const { block, expected } = await honest();
    for (const verify of [verifyNative, undefined]) {
      const verdict = await verifyBundle(block, expected, verify);
      assert.deepEqual(verdict.problems, []);
      assert.deepEqual(verdict.provedSlots, [0, 4]);
      assert.equal(verdict.valid, true);
    }
  });

  it("round-trips what it encodes, receipts sorted", async () => {
    const { bundle, block } = await honest();
    assert.deepEqual(decodeBundle(block), { ...bundle, nodeId: nodeIdOf(publicKey) });
  });

  it("rejects the bundle with any one byte changed", async () => {
    const { block, expected } = await honest();
    for (let at = 0; at < block.length; at += 97) {
      const changed = Uint8Array.from(block);
      changed[at]! ^= 1;
      assert.equal((await verifyBundle(changed, expected, verifyNative)).valid, false, `byte ${at}`);
    }
  });

  it("rejects a truncated bundle without throwing", async () => {
    const { block, expected } = await honest();
    for (const length of [0, 1, 100, block.length - 1]) {
      const verdict = await verifyBundle(block.subarray(0, length), expected, verifyNative);
      assert.equal(verdict.valid, false);
      assert.deepEqual(verdict.unprovedSlots, [0, 4]);
    }
  });

  it("PRF-4 names claimed slots that lack a quorum", async () => {
    const { bundle } = await honest();
    const lying = { ...bundle, bitmap: bitmapOf([0, 4, 9]) };
    const block = encodeBundle(lying, signerOf(identity));
    const verdict = await verifyBundle(block, expectationOf(lying, block), verifyNative);
    assert.deepEqual(verdict.unprovedSlots, [9]);
    assert.deepEqual(verdict.failed, ["quorum"]);
    assert.equal(verdict.valid, false);
  });

  it("PRF-1 counts neither a foreign signature nor a witness outside the committee, nor one witness twice", async () => {
    const { bundle } = await honest();
    const one = await receipt(5, 1);
    for (const receipts of [
      [one, one],
      [one, { ...(await receipt(5, 2)), witness: 9 }],
      [one, { ...(await receipt(5, 3)), witness: 2 }],
      [one, { ...(await receipt(6, 2)), slot: 5 }],
    ]) {
      const lying = { ...bundle, bitmap: bitmapOf([5]), receipts };
      const block = encodeBundle(lying, signerOf(identity));
      const verdict = await verifyBundle(block, expectationOf(lying, block), verifyNative);
      assert.deepEqual(verdict.unprovedSlots, [5]);
    }
  });

  it("PRF-1 refuses a high-s twin of a true signature", async () => {
    const { bundle } = await honest();
    const { signature } = await receipt(5, 2);
    const lying = { ...bundle, bitmap: bitmapOf([5]), receipts: [await receipt(5, 1), { slot: 5, witness: 2, signature: highS(signature) }] };
    const block = encodeBundle(lying, signerOf(identity));
    assert.deepEqual((await verifyBundle(block, expectationOf(lying, block), verifyNative)).unprovedSlots, [5]);
  });

  it("rejects a bundle signed for another type of object", async () => {
    const { bundle } = await honest();
    const sign = signerOf(identity);
    const block = encodeBundle(bundle, (message) => sign(message, new TextEncoder().encode("x0t/did/1")));
    const verdict = await verifyBundle(block, expectationOf(bundle, block), verifyNative);
    assert.deepEqual(verdict.problems, ["its ML-DSA-65 signature is false"]);
    assert.deepEqual(verdict.failed, ["signature"]);
  });

  it("bitmaps and slots are inverse", () => {
    assert.deepEqual(slotsOf(bitmapOf([0, 3, 119])), [0, 3, 119]);
    assert.equal(bitmapOf([]), 0n);
  });
});
