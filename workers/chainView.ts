import { readContract } from "viem/actions";
import type { Reader } from "../chain/client.ts";
import { findBundleCid } from "../chain/findBundleCid.ts";
import { readBundleExpectation, readEpochFacts, type EpochFacts } from "../chain/readBundleExpectation.ts";
import { readCommit, type ProofCommit } from "../chain/readCommit.ts";
import { readHead } from "../chain/readHead.ts";
import { readNodes, type RegisteredNode } from "../chain/readNodes.ts";
import { readPaged } from "../chain/readPaged.ts";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { AddressBook } from "../core/addressBook.ts";
import { verifyBundle, type BundleVerdict } from "../core/bundle.ts";
import { epochAt, slotSeconds } from "../core/epochTime.ts";
import type { Hex, NodeIndex } from "../core/ids.ts";
import type { ProtocolParameters } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import type { IpfsClient } from "../runtime/ipfsClient.ts";
import { verifyNative } from "../runtime/mlDsa.ts";
import { createMemo } from "./memo.ts";

/** The chain's time: jobs go by the latest block, as the contracts do. */
export interface Tick {
  /** Seconds since 1970. */
  timestamp: number;
  epoch: number;
  blockNumber: bigint;
}

/** Epochs and bundles that are remembered: more than the windows hold, so that each is loaded once. */
const KEPT_EPOCHS = 32;
const KEPT_VERDICTS = 4_096;

/**
 * What the nodes of one process read of the chain, so that six of them ask once. It holds facts only, nothing of an
 * account: whatever happens to one node's keys or money, the others read on.
 */
export interface ChainView {
  client: Reader;
  tick(): Promise<Tick>;
  /** All nodes, as of some block of the tick's epoch. */
  nodes(tick: Tick): Promise<RegisteredNode[]>;
  /** Committees and witness keys; the epoch must have begun. */
  facts(epoch: number): Promise<EpochFacts>;
  /** All commits for `epoch`, at most half a slot old. */
  commits(tick: Tick, epoch: number): Promise<ProofCommit[]>;
  /** Nodes with a challenge that is open, or unanswered and not enforced; at most half a slot old. */
  underChallenge(tick: Tick): Promise<NodeIndex[]>;
  /** Judges the bundle behind a commit; undefined while IPFS has it not. @throws X0T_IPFS_DOWN, X0T_LOGS_MISSING */
  verdict(commit: ProofCommit, signal: AbortSignal): Promise<BundleVerdict | undefined>;
}

/** A reorganisation may put another commit in the place of one. */
function keyOf({ node, epoch, committedAt, receiptsRoot }: ProofCommit): string {
  return `${node}/${epoch}/${committedAt}/${receiptsRoot}`;
}

export function createChainView(deps: {
  client: Reader;
  ipfs: IpfsClient;
  chainId: number;
  contracts: AddressBook["contracts"];
  parameters: ProtocolParameters;
}): ChainView {
  const { client, ipfs, chainId, contracts, parameters } = deps;
  const { ProofLedger: ledger, NodeRegistry: registry } = contracts;
  const heads = createMemo<Tick>(1);
  const nodes = createMemo<RegisteredNode[]>(2);
  const facts = createMemo<EpochFacts>(KEPT_EPOCHS);
  const commits = createMemo<ProofCommit[]>(KEPT_EPOCHS);
  const challenged = createMemo<NodeIndex[]>(2);
  const cids = createMemo<Hex>(KEPT_VERDICTS);
  const verdicts = createMemo<BundleVerdict>(KEPT_VERDICTS);
  const moment = (tick: Tick) => `${Math.floor(tick.timestamp / Math.max(1, slotSeconds(parameters) / 2))}`;
  const factsOf = (epoch: number) => facts(`${epoch}`, () => readEpochFacts(client, { registry, ledger, epoch }));

  const cidOf = (commit: ProofCommit) => cids(keyOf(commit), () => findBundleCid(client, { ledger, ...commit }));

  const nodesOf = (tick: Tick) => nodes(`${tick.epoch}`, () => readNodes(client, { registry }));

  const judge = async (commit: ProofCommit, signal: AbortSignal): Promise<BundleVerdict> => {
    const { node, epoch } = commit;
    const cid = await cidOf(commit);
    const block = await ipfs.getBlock(cid, signal);
    const expected = await readBundleExpectation(client, {
      chainId,
      registry,
      ledger,
      node,
      epoch,
      minWitnesses: parameters.minWitnesses,
      facts: await factsOf(epoch),
      cid,
    });
    if (expected === undefined) throw new X0tError("X0T_NO_COMMIT", `Node ${node} has no commit for epoch ${epoch} any more.`);
    return verifyBundle(block, expected, verifyNative);
  };

  return {
    client,
    tick: () =>
      heads(`${Math.floor(performance.now() / 100)}`, async () => {
        const { number, timestamp } = await readHead(client);
        return { timestamp, epoch: epochAt(parameters, timestamp), blockNumber: number };
      }),
    nodes: nodesOf,
    facts: factsOf,
    async commits(tick, epoch) {
      const all = await nodesOf(tick);
      return commits(`${moment(tick)}/${epoch}`, async () => {
        const found = await readPaged(all.length, (node) => readCommit(client, { ledger, node, epoch }));
        return found.filter((commit) => commit !== undefined);
      });
    },
    async underChallenge(tick) {
      const all = await nodesOf(tick);
      return challenged(moment(tick), async () => {
        const at = { address: ledger, abi: proofLedgerAbi, functionName: "isUnderChallenge" } as const;
        const open = await readPaged(all.length, (node) => readContract(client, { ...at, args: [node] }));
        return [...open.keys()].filter((node) => open[node]);
      });
    },
    async verdict(commit, signal) {
      try {
        return await verdicts(keyOf(commit), () => judge(commit, signal));
      } catch (error) {
        const missing = error instanceof X0tError && ["X0T_IPFS_NOT_FOUND", "X0T_IPFS_BAD_BLOCK"].includes(error.code);
        if (missing && (await ipfs.isUp(signal))) return undefined;
        throw error;
      }
    },
  };
}
