import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readContract } from "viem/actions";
import { findBundleCid } from "../../chain/findBundleCid.ts";
import { readBundleExpectation } from "../../chain/readBundleExpectation.ts";
import { readCommit } from "../../chain/readCommit.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { decodeBundle, verifyBundle, type BundleCheck, type BundleVerdict } from "../../core/bundle.ts";
import { blockDigest, cidFromDigest, digestFromCid } from "../../core/cid.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { EXIT_FAILED } from "../reportError.ts";

interface ProofFlags extends NetworkFlags {
  node?: number;
  epoch?: number;
  json?: boolean;
}

/** A false proof's answer, in the shape of core's verdict. */
const rejected = (check: BundleCheck, problem: string): BundleVerdict => ({
  valid: false,
  problems: [problem],
  failed: [check],
  unprovedSlots: [],
  provedSlots: [],
  receipts: 0,
  rootHolds: false,
});

/** `x0t proof verify`: prints a verdict and sets exit code 1 if it is false. */
export async function proofVerify(source: string | undefined, flags: ProofFlags): Promise<void> {
  const network = await findNetwork(flags);
  const block = await loadBlock(network, source, flags);
  const cid = cidFromDigest(blockDigest(block));
  let node = flags.node;
  let epoch = flags.epoch;
  let verdict: BundleVerdict;
  try {
    // Only which commit to ask for is taken from the bundle; the verdict compares everything with that commit.
    if (node === undefined || epoch === undefined) {
      const named = decodeBundle(block);
      node ??= named.node;
      epoch ??= named.epoch;
    }
    verdict = await judge(network, block, node, epoch);
  } catch (error) {
    if (!(error instanceof X0tError) || !["X0T_BAD_BUNDLE", "X0T_BAD_SIGNED_OBJECT"].includes(error.code)) throw error;
    verdict = rejected("shape", error.message);
  }
  if (flags.json === true) printJson({ cid, node, epoch, ...verdict });
  else console.log(describe(cid, node, epoch, verdict));
  if (!verdict.valid) process.exitCode = EXIT_FAILED;
}

async function judge(network: Network, block: Uint8Array, node: number, epoch: number): Promise<BundleVerdict> {
  const { NodeRegistry: registry, ProofLedger: ledger } = network.contracts.contracts;
  const expected = await readBundleExpectation(network.client, {
    chainId: network.contracts.chainId,
    registry,
    ledger,
    node,
    epoch,
    minWitnesses: network.parameters.minWitnesses,
  });
  if (expected === undefined) return rejected("commit", `node ${node} committed nothing for epoch ${epoch}`);
  const verdict = await verifyBundle(block, expected, verifyNative);
  const isVoid = await readContract(network.client, { address: ledger, abi: proofLedgerAbi, functionName: "isVoid", args: [node, BigInt(epoch)] });
  if (!isVoid) return verdict;
  return { ...verdict, valid: false, failed: [...verdict.failed, "commit"], problems: [...verdict.problems, "its commit is void: a challenge was not answered in time"] };
}

/** A file if there is one of that name, else a CID; without either the newest commit of `--node`. @throws X0T_USAGE */
async function loadBlock(network: Network, source: string | undefined, flags: ProofFlags): Promise<Uint8Array> {
  if (source !== undefined && existsSync(source)) return new Uint8Array(await readFile(source));
  const ipfs = createIpfsClient({ url: network.ipfsUrl });
  if (source !== undefined) return ipfs.getBlock(parseCid(source));
  if (flags.node === undefined) throw new X0tError("X0T_USAGE", "Name a CID or a file, or a node: x0t proof verify --node 0");
  const commit = await newestCommit(network, flags.node, flags.epoch);
  const { ProofLedger: ledger } = network.contracts.contracts;
  return ipfs.getBlock(await findBundleCid(network.client, { ledger, ...commit }));
}

function parseCid(source: string) {
  try {
    return digestFromCid(source);
  } catch (cause) {
    throw new X0tError("X0T_BAD_CID", `"${source}" is neither a file nor the CID of a published bundle.`, { cause });
  }
}

async function newestCommit(network: Network, node: number, epoch: number | undefined) {
  const { ProofLedger: ledger } = network.contracts.contracts;
  const newest =
    epoch ??
    Number(await readContract(network.client, { address: ledger, abi: proofLedgerAbi, functionName: "lastCommittedEpoch", args: [node] }));
  const commit = await readCommit(network.client, { ledger, node, epoch: newest });
  if (commit !== undefined) return commit;
  throw new X0tError("X0T_NO_COMMIT", `Node ${node} has committed nothing${epoch === undefined ? " yet" : ` for epoch ${epoch}`}. Nodes commit after the end of each epoch.`);
}

function describe(cid: string, node: number | undefined, epoch: number | undefined, verdict: BundleVerdict): string {
  const title = `${cid}\nnode ${node ?? "?"}, epoch ${epoch ?? "?"}`;
  if (!verdict.valid) return `${title}\n\nFALSE\n${verdict.problems.map((problem) => `  - ${problem}`).join("\n")}`;
  const slots = verdict.provedSlots;
  return `${title}\n\nTRUE: ${slots.length} slots proved by ${verdict.receipts} receipts (slots ${slots.join(", ") || "none"}); hash, ML-DSA-65 signature and Merkle root hold.`;
}
