import type { Address } from "viem";
import { getBlock, readContract } from "viem/actions";
import type { Reader } from "../../../../chain/client.ts";
import { readBundleExpectation } from "../../../../chain/readBundleExpectation.ts";
import { proofLedgerAbi } from "../../../../core/abi/ProofLedger.ts";
import { MAX_BLOCK_BYTES } from "../../../../core/blockSize.ts";
import { BUNDLE_CHECKS, decodeBundle, slotsOf, verifyBundle, type BundleCheck, type BundleExpectation } from "../../../../core/bundle.ts";
import { blockDigest, cidFromDigest, digestFromCid } from "../../../../core/cid.ts";
import { quorumOf } from "../../../../core/committee.ts";
import { verifyMlDsa65 } from "../../../../core/signedObject.ts";
import { X0tError } from "../../../../core/x0tError.ts";

/** A proof by its CID or as bytes, and of which commit it is said to be; else the bundle names the commit itself. */
export interface ProofQuestion {
  cid?: string | undefined;
  block?: Uint8Array | undefined;
  node?: number | undefined;
  epoch?: number | undefined;
}

/** Whom the verifier asks. */
export interface ProofSource {
  ipfsUrl: string;
  chainId: number;
  registry: Address;
  ledger: Address;
  minWitnesses: number;
  slotsPerEpoch: number;
}

export const PROOF_STEPS = ["fetch", "chain", "signature", "receipts", "void"] as const;
export interface ProofProgress {
  step: (typeof PROOF_STEPS)[number];
  done: number;
  total: number;
}

export const PROOF_CHECKS = [...BUNDLE_CHECKS, "void"] as const;
export type ProofCheck = BundleCheck | "void";
export type CheckResult = "holds" | "fails" | "not reached";

export interface SlotProof {
  slot: number;
  isClaimed: boolean;
  isProved: boolean;
  /** Receipts in the bundle, the quorum, and the committee's size. */
  receipts: number;
  quorum: number;
  committee: number;
}

export interface ProofReport {
  valid: boolean;
  /** CID of the bytes that were checked. */
  cid: string;
  bytes: number;
  node: number | undefined;
  epoch: number | undefined;
  checks: Record<ProofCheck, CheckResult>;
  /** Sentences: what is false. */
  problems: string[];
  receipts: number;
  /** Empty if the bundle cannot be read. */
  slots: SlotProof[];
  /** The block of the chain that was asked. */
  block: { number: bigint; timestamp: number } | undefined;
}

const FETCH_DEADLINE_MS = 20_000;

/**
 * Checks a proof in this process: bytes from IPFS, everything that they are compared with from the chain. What cannot be
 * had is an error; a report says true or false.
 * @throws X0T_BAD_CID, X0T_LOGS_MISSING, or an Error in words if IPFS or the chain does not answer
 */
export async function verifyProof(question: ProofQuestion, source: ProofSource, client: Reader, onProgress: (progress: ProofProgress) => void): Promise<ProofReport> {
  onProgress({ step: "fetch", done: 0, total: 1 });
  const block = question.block ?? (await fetchBlock(question.cid ?? "", source.ipfsUrl));
  const digest = blockDigest(block);
  const about = { cid: cidFromDigest(digest), bytes: block.length, node: question.node, epoch: question.epoch };
  if (question.cid !== undefined && digestFromCid(question.cid) !== digest) {
    const problem = `the bytes are not those of ${question.cid}: their SHA-256 makes the CID ${about.cid}`;
    return { ...about, ...untold("digest", problem), block: undefined };
  }
  let named: { node: number; epoch: number };
  try {
    // Only which commit to ask for is taken from the bundle; everything is compared with that commit.
    const bundle = question.node === undefined || question.epoch === undefined ? decodeBundle(block) : undefined;
    named = { node: question.node ?? bundle?.node ?? 0, epoch: question.epoch ?? bundle?.epoch ?? 0 };
  } catch (error) {
    if (!(error instanceof X0tError)) throw error;
    return { ...about, ...untold("shape", error.message), block: undefined };
  }
  onProgress({ step: "chain", done: 0, total: 1 });
  const head = await getBlock(client, { blockTag: "latest" });
  const at = { ...about, ...named, block: { number: head.number, timestamp: Number(head.timestamp) } };
  const expected = await readBundleExpectation(client, { ...source, ...named });
  if (expected === undefined) return { ...at, ...untold("commit", `node ${named.node} committed nothing for epoch ${named.epoch}`) };
  return { ...at, ...(await judge(block, expected, source, client, onProgress)) };
}

async function judge(block: Uint8Array, expected: BundleExpectation, source: ProofSource, client: Reader, onProgress: (progress: ProofProgress) => void) {
  const receipts = receiptsOf(block);
  const total = Math.max(1, receipts.length);
  let done = 0;
  // What core asks for tells how far it is.
  const watched: BundleExpectation = {
    ...expected,
    witnessKey: (node) => {
      onProgress({ step: "receipts", done: done++, total });
      return expected.witnessKey(node);
    },
  };
  const verdict = await verifyBundle(block, watched, (...args) => {
    onProgress({ step: "signature", done: 0, total: 1 });
    return verifyMlDsa65(...args);
  });
  onProgress({ step: "void", done: 0, total: 1 });
  const isVoid = await readContract(client, { address: source.ledger, abi: proofLedgerAbi, functionName: "isVoid", args: [expected.node, BigInt(expected.epoch)] });
  const failed: ProofCheck[] = isVoid ? [...verdict.failed, "void"] : verdict.failed;
  return {
    valid: failed.length === 0,
    checks: resultsOf(failed),
    problems: isVoid ? [...verdict.problems, "its commit is void: a challenge was not answered in time"] : verdict.problems,
    receipts: verdict.receipts,
    slots: failed.includes("shape") ? [] : slotProofs(receipts, expected, verdict.provedSlots, source.slotsPerEpoch),
  };
}

/** Nothing after `check` could be looked at. */
function untold(check: ProofCheck, problem: string): Pick<ProofReport, "valid" | "checks" | "problems" | "receipts" | "slots"> {
  const reached = new Set<ProofCheck>(check === "commit" ? ["shape", "commit"] : [check]);
  const checks = resultsOf([check]);
  for (const each of PROOF_CHECKS) if (!reached.has(each)) checks[each] = "not reached";
  return { valid: false, checks, problems: [problem], receipts: 0, slots: [] };
}

function resultsOf(failed: readonly ProofCheck[]): Record<ProofCheck, CheckResult> {
  const isUnreadable = failed.includes("shape");
  const result = (check: ProofCheck): CheckResult => {
    if (failed.includes(check)) return "fails";
    return isUnreadable && check !== "void" ? "not reached" : "holds";
  };
  return Object.fromEntries(PROOF_CHECKS.map((check) => [check, result(check)])) as Record<ProofCheck, CheckResult>;
}

function receiptsOf(block: Uint8Array): readonly { slot: number }[] {
  try {
    return decodeBundle(block).receipts;
  } catch {
    return [];
  }
}

function slotProofs(receipts: readonly { slot: number }[], expected: BundleExpectation, provedSlots: readonly number[], slotsPerEpoch: number): SlotProof[] {
  const proved = new Set(provedSlots);
  const claimed = new Set(slotsOf(expected.commit.bitmap));
  return Array.from({ length: slotsPerEpoch }, (_, slot) => {
    const committee = expected.committee(slot).length;
    return {
      slot,
      isClaimed: claimed.has(slot),
      isProved: proved.has(slot),
      receipts: receipts.filter((receipt) => receipt.slot === slot).length,
      quorum: quorumOf(committee),
      committee,
    };
  });
}

/** The bytes that the gateway gives for a CID; the caller compares their hash. */
async function fetchBlock(cid: string, ipfsUrl: string): Promise<Uint8Array> {
  digestFromCid(cid);
  const signal = AbortSignal.timeout(FETCH_DEADLINE_MS);
  const response = await fetch(`${ipfsUrl}/${cid}?format=raw`, { signal }).catch((cause: unknown) => {
    throw new Error(signal.aborted ? `IPFS found nobody who has ${cid} within ${FETCH_DEADLINE_MS / 1000} s.` : "IPFS does not answer.", { cause });
  });
  if (!response.ok) throw new Error(`IPFS has no block ${cid}: it answered ${response.status}.`);
  const block = new Uint8Array(await response.arrayBuffer());
  if (block.length > MAX_BLOCK_BYTES) throw new Error(`${cid} is no proof: it has ${block.length} bytes.`);
  return block;
}
