import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { challengeCommit } from "../../../chain/challengeCommit.ts";
import { commitProofs } from "../../../chain/commitProofs.ts";
import { readEpochFacts } from "../../../chain/readBundleExpectation.ts";
import { signReceipt } from "../../../chain/signReceipt.ts";
import { bitmapOf, decodeBundle, encodeBundle, type Bundle } from "../../../core/bundle.ts";
import { blockDigest, cidFromDigest } from "../../../core/cid.ts";
import { receiptsRoot, type Receipt } from "../../../core/receiptTree.ts";
import { createIpfsClient } from "../../../runtime/ipfsClient.ts";
import { signerOf } from "../../../runtime/mlDsa.ts";
import { verifyProof, type ProofCheck, type ProofProgress, type ProofQuestion, type ProofReport } from "../../../web/src/pages/verify/verifyProof.ts";
import { startProtocolChain, type ProtocolChain } from "../../support/protocolChain.ts";
import { temporaryDirectory } from "../../support/temporaryDirectory.ts";
import { startTestIpfs } from "../../support/testIpfs.ts";
import { createTestNodes, type TestNode } from "../../support/testNodes.ts";

/** As it was before it was encoded. */
function bundleOf(block: Uint8Array): Bundle {
  const { version, chainId, ledger, node, publicKey, epoch, bitmap, relayedBytes, receipts } = decodeBundle(block);
  return { version, chainId, ledger, node, publicKey, epoch, bitmap, relayedBytes, receipts };
}

describe("web verifyProof", function () {
  this.timeout(60_000);
  let chain: ProtocolChain;
  let ipfs: Awaited<ReturnType<typeof startTestIpfs>>;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let nodes: TestNode[];
  let epoch: number;
  let block: Uint8Array;
  let cid: string;
  const proofs: ProofProgress[] = [];

  const ask = (question: ProofQuestion, ipfsUrl = `${ipfs.url}/ipfs`): Promise<ProofReport> => {
    const { NodeRegistry: registry, ProofLedger: ledger } = chain.contracts;
    const { minWitnesses, slotsPerEpoch } = chain.parameters;
    const source = { ipfsUrl, chainId: chain.book.chainId, registry, ledger, minWitnesses, slotsPerEpoch };
    return verifyProof(question, source, chain.client, (progress) => proofs.push(progress));
  };
  const failed = ({ checks }: ProofReport) => (Object.keys(checks) as ProofCheck[]).filter((check) => checks[check] === "fails");

  before(async () => {
    directory = await temporaryDirectory();
    ipfs = await startTestIpfs(directory.path);
    chain = await startProtocolChain();
    nodes = await createTestNodes(chain, { directory: directory.path, count: 4, ipfsUrl: ipfs.url });
    const node = nodes[1] as TestNode;
    epoch = await chain.epoch();
    const { NodeRegistry: registry, ProofLedger: ledger } = chain.contracts;
    const { committee } = await readEpochFacts(chain.client, { registry, ledger, epoch });
    const { chainId } = chain.book;
    const receipts: Receipt[] = [];
    const sign = async (slot: number, witnesses: readonly number[]) => {
      for (const witness of witnesses) {
        receipts.push({ slot, witness, signature: await signReceipt(nodes[witness]!.hot, { chainId, ledger, epoch, slot, node: node.index }) });
      }
    };
    await sign(0, committee(node.index, 0));
    await sign(7, committee(node.index, 7));
    // One of three signed: short of the quorum, so it is not claimed.
    await sign(9, committee(node.index, 9).slice(0, 1));
    const bundle = { version: 1, chainId, ledger, node: node.index, publicKey: node.keys.publicKey, epoch, bitmap: bitmapOf([0, 7]), relayedBytes: 5, receipts } as const;
    block = encodeBundle({ ...bundle, receipts }, signerOf(node.keys.identity));
    cid = cidFromDigest(blockDigest(block));
    await createIpfsClient({ url: ipfs.url }).putBlock(block);
    await chain.warpToEpoch(epoch + 1);
    await commitProofs(chain.sender(node.hotAccount), {
      ledger,
      commits: [{ node: node.index, epoch, bitmap: bundle.bitmap, receiptsRoot: receiptsRoot(receipts), relayedBytes: 5n, cid: blockDigest(block) }],
    });
  });
  after(async () => {
    await chain.close();
    await ipfs.close();
    await directory[Symbol.asyncDispose]();
  });

  it("PRF-2 finds a published proof true, by its CID alone, and says slot by slot who signed", async () => {
    proofs.length = 0;
    const report = await ask({ cid });
    assert.deepEqual(report.problems, []);
    assert.equal(report.valid, true);
    assert.deepEqual(Object.values(report.checks), Array.from({ length: 9 }, () => "holds"));
    assert.deepEqual([report.node, report.epoch, report.cid], [1, epoch, cid]);
    assert.deepEqual(report.slots[7], { slot: 7, isClaimed: true, isProved: true, receipts: 3, quorum: 2, committee: 3 });
    assert.deepEqual(report.slots[9], { slot: 9, isClaimed: false, isProved: false, receipts: 1, quorum: 2, committee: 3 });
    assert.deepEqual([...new Set(proofs.map(({ step }) => step))], ["fetch", "chain", "signature", "receipts", "void"]);
    assert.equal(proofs.filter(({ step }) => step === "receipts").length, report.receipts);
  });

  it("PRF-2 takes the bytes of a file, and finds one changed byte", async () => {
    assert.equal((await ask({ block })).valid, true);
    const tampered = Uint8Array.from(block);
    // dag-cbor puts the signature first.
    tampered[100]! ^= 1;
    const report = await ask({ block: tampered });
    assert.equal(report.valid, false);
    assert.deepEqual(failed(report), ["digest", "signature"]);
    assert.ok(report.problems.includes("its ML-DSA-65 signature is false"));
  });

  it("PRF-1 names a receipt that somebody else signed", async () => {
    const node = nodes[1] as TestNode;
    const bundle = bundleOf(block);
    const receipts = bundle.receipts.map((receipt, place) => (place === 0 ? { ...receipt, signature: bundle.receipts[1]!.signature } : receipt));
    const report = await ask({ block: encodeBundle({ ...bundle, receipts }, signerOf(node.keys.identity)) });
    assert.deepEqual(failed(report), ["digest", "root", "receipts"]);
  });

  it("says that bytes are no proof, and what was not looked at", async () => {
    const report = await ask({ block: new Uint8Array([1, 2, 3]) });
    assert.deepEqual(failed(report), ["shape"]);
    assert.equal(report.checks.receipts, "not reached");
    const named = await ask({ block: block.subarray(0, 100), node: 1, epoch });
    assert.deepEqual(failed(named), ["shape"]);
    assert.equal(named.checks.signature, "not reached");
  });

  it("does not take another block from IPFS than the one asked for", async () => {
    const liar = createServer((_request, response) => response.end(new Uint8Array([0xa0])));
    liar.listen(0, "127.0.0.1");
    await once(liar, "listening");
    try {
      const { port } = liar.address() as { port: number };
      const report = await ask({ cid }, `http://127.0.0.1:${port}`);
      assert.deepEqual(failed(report), ["digest"]);
      assert.match(report.problems[0]!, /are not those of bafy/);
    } finally {
      liar.closeAllConnections();
      liar.close();
    }
  });

  it("is no verdict if IPFS has no such block, or does not answer", async () => {
    await assert.rejects(ask({ cid: "bafyreib" }), { code: "X0T_BAD_CID" });
    await assert.rejects(ask({ cid }, "http://127.0.0.1:1"), /IPFS does not answer/);
  });

  it("knows a true bundle of an epoch that was not committed from one that was", async () => {
    const report = await ask({ block, node: 1, epoch: epoch - 1 });
    assert.deepEqual(failed(report), ["commit"]);
    assert.match(report.problems[0]!, /committed nothing/);
  });

  it("PRF-4 finds a proof false whose commit a challenge made void", async () => {
    const { deadline } = await challengeCommit(chain.sender(20), {
      token: chain.contracts.X0TToken,
      ledger: chain.contracts.ProofLedger,
      node: 1,
      epoch,
      slots: [0],
      bondWei: chain.parameters.challengeBond,
    });
    assert.equal((await ask({ cid })).valid, true, "a challenge alone changes nothing");
    await chain.warpTo(Number(deadline) + 1);
    const report = await ask({ cid });
    assert.equal(report.valid, false);
    assert.deepEqual(failed(report), ["void"]);
  });
});
