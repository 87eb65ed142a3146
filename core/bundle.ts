import { getAddress, hexToBytes, isAddressEqual, numberToBytes, type Address, type Hex } from "viem";
import { z } from "zod";
import { blockDigest } from "./cid.ts";
import { quorumOf } from "./committee.ts";
import { ML_DSA_65_PUBLIC_KEY_BYTES, nodeIdOf, type NodeId } from "./ids.ts";
import { receiptsRoot, sortReceipts, type Receipt } from "./receiptTree.ts";
import { recoverReceipt } from "./recoverReceipt.ts";
import { addressField, bytesField, parseStrict, uintField } from "./schema.ts";
import { decodeSigned, encodeSigned, verifySigned, type MlDsaSign, type MlDsaVerify } from "./signedObject.ts";

/** What a node publishes about one epoch: receipts and totals, nothing of traffic (NET-22). */
export interface Bundle {
  version: 1;
  chainId: number;
  ledger: Address;
  /** Registry index. */
  node: number;
  publicKey: Uint8Array;
  epoch: number;
  /** Bit s = slot s. */
  bitmap: bigint;
  /** Bytes of other people's traffic, unaudited. */
  relayedBytes: number;
  receipts: Receipt[];
}

const schema = z.strictObject({
  version: z.literal(1),
  chainId: uintField,
  ledger: addressField,
  node: uintField,
  publicKey: z.instanceof(Uint8Array).refine((key) => key.length === ML_DSA_65_PUBLIC_KEY_BYTES),
  epoch: uintField,
  bitmap: bytesField(16).transform((hex) => BigInt(hex)),
  relayedBytes: uintField,
  receipts: z
    .array(z.strictObject({ slot: z.number().int().min(0).max(127), witness: uintField, signature: bytesField(65) }))
    .max(128 * 5),
});

/** The dag-cbor block whose SHA-256 is the commit's `cid`. */
export function encodeBundle(bundle: Bundle, sign: MlDsaSign): Uint8Array {
  return encodeSigned(
    "bundle",
    {
      ...bundle,
      ledger: hexToBytes(bundle.ledger),
      bitmap: numberToBytes(bundle.bitmap, { size: 16 }),
      receipts: sortReceipts(bundle.receipts).map((receipt) => ({
        ...receipt,
        signature: hexToBytes(receipt.signature),
      })),
    },
    sign,
  );
}

/** Shape only; `verifyBundle` judges. @throws X0T_BAD_SIGNED_OBJECT, X0T_BAD_BUNDLE */
export function decodeBundle(block: Uint8Array): Bundle & { nodeId: NodeId } {
  const bundle = parseStrict(schema, decodeSigned(block).value, "X0T_BAD_BUNDLE", "Bundle");
  return { ...bundle, nodeId: nodeIdOf(bundle.publicKey) };
}

/** What the chain says about the commit that a bundle stands behind. */
export interface BundleExpectation {
  chainId: number;
  ledger: Address;
  node: number;
  nodeId: NodeId;
  epoch: number;
  commit: { bitmap: bigint; receiptsRoot: Hex; relayedBytes: bigint; cid: Hex };
  minWitnesses: number;
  /** The committee of each slot, registry indices. */
  committee: (slot: number) => readonly number[];
  /** The witness key of a registry index in this epoch. */
  witnessKey: (node: number) => Address | undefined;
}

/** What is looked at, in this order. After a false "shape" nothing else can be. */
export const BUNDLE_CHECKS = ["shape", "digest", "key", "signature", "commit", "root", "receipts", "quorum"] as const;
export type BundleCheck = (typeof BUNDLE_CHECKS)[number];

export interface BundleVerdict {
  valid: boolean;
  /** Sentences: what is false. */
  problems: string[];
  /** The checks that the problems belong to. */
  failed: BundleCheck[];
  /** Claimed slots without a quorum of true committee signatures: what a challenge names. */
  unprovedSlots: number[];
  provedSlots: number[];
  receipts: number;
  /** It holds the very receipts that were committed to: only then does "unproved" mean "cannot be answered". */
  rootHolds: boolean;
}

/**
 * Checks a bundle against the chain: digest, ML-DSA signature, root, and a quorum of committee signatures for each
 * claimed slot. Trusts nobody but the chain's answers in `expected`.
 */
export async function verifyBundle(
  block: Uint8Array,
  expected: BundleExpectation,
  verify?: MlDsaVerify,
): Promise<BundleVerdict> {
  const claimed = slotsOf(expected.commit.bitmap);
  const nothingProved = (problem: string): BundleVerdict => ({
    valid: false,
    problems: [problem],
    failed: ["shape"],
    unprovedSlots: claimed,
    provedSlots: [],
    receipts: 0,
    rootHolds: false,
  });
  const digest = blockDigest(block);
  let bundle: Bundle & { nodeId: NodeId };
  try {
    bundle = decodeBundle(block);
  } catch (error) {
    return nothingProved((error as Error).message);
  }
  const problems: string[] = [];
  const failed = new Set<BundleCheck>();
  const fail = (check: BundleCheck, problem: string) => {
    failed.add(check);
    problems.push(problem);
  };
  if (digest !== expected.commit.cid) fail("digest", `its SHA-256 is ${digest}, the commit names ${expected.commit.cid}`);
  if (bundle.nodeId !== expected.nodeId) fail("key", `its key is node ${bundle.nodeId}'s`);
  if (!verifySigned("bundle", decodeSigned(block), bundle.publicKey, verify)) fail("signature", "its ML-DSA-65 signature is false");
  for (const [field, got, want] of [
    ["chain", bundle.chainId, expected.chainId],
    ["ledger", bundle.ledger, getAddress(expected.ledger)],
    ["node", bundle.node, expected.node],
    ["epoch", bundle.epoch, expected.epoch],
    ["bitmap", bundle.bitmap, expected.commit.bitmap],
    ["relayedBytes", BigInt(bundle.relayedBytes), expected.commit.relayedBytes],
    ["receiptsRoot", receiptsRoot(bundle.receipts), expected.commit.receiptsRoot],
  ] as const) {
    if (got !== want) fail(field === "receiptsRoot" ? "root" : "commit", `its ${field} is ${got}, the commit says ${want}`);
  }
  const rootHolds = receiptsRoot(bundle.receipts) === expected.commit.receiptsRoot;
  const witnesses = await checkReceipts(bundle.receipts, expected, (problem) => fail("receipts", problem));
  const provedSlots: number[] = [];
  const unprovedSlots: number[] = [];
  for (const slot of claimed) {
    const size = expected.committee(slot).length;
    const seen = witnesses.get(slot)?.size ?? 0;
    const proved = rootHolds && size >= expected.minWitnesses && seen >= quorumOf(size);
    (proved ? provedSlots : unprovedSlots).push(slot);
    // Without the root nothing is proved, and the root's own sentence says why.
    if (!proved && rootHolds) fail("quorum", `slot ${slot} has ${seen} of ${quorumOf(size)} receipts that are needed`);
  }
  return { valid: failed.size === 0, problems, failed: [...failed], unprovedSlots, provedSlots, receipts: bundle.receipts.length, rootHolds };
}

/** @returns by slot, the committee members whose signature is true. */
async function checkReceipts(receipts: readonly Receipt[], expected: BundleExpectation, fail: (problem: string) => void) {
  const witnesses = new Map<number, Set<number>>();
  for (const [position, { slot, witness, signature }] of receipts.entries()) {
    // A full bundle takes a second of ECDSA: whoever verifies has other work too.
    if (position % 16 === 15) await new Promise((resolve) => setTimeout(resolve));
    const label = `receipt of witness ${witness} for slot ${slot}`;
    if (!expected.committee(slot).includes(witness)) {
      fail(`${label}: not in the committee`);
      continue;
    }
    const key = expected.witnessKey(witness);
    const recovered = await recoverReceipt(expected, slot, signature);
    if (key === undefined || recovered === undefined || !isAddressEqual(recovered, key)) {
      fail(`${label}: signed by ${recovered ?? "nobody"}, not by ${key ?? "a known key"}`);
      continue;
    }
    const seen = witnesses.get(slot) ?? new Set();
    seen.add(witness);
    witnesses.set(slot, seen);
  }
  return witnesses;
}

/** The set bits of a bitmap, ascending. */
export function slotsOf(bitmap: bigint): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < 128; slot++) if ((bitmap >> BigInt(slot)) & 1n) slots.push(slot);
  return slots;
}

export function bitmapOf(slots: Iterable<number>): bigint {
  let bitmap = 0n;
  for (const slot of slots) bitmap |= 1n << BigInt(slot);
  return bitmap;
}
