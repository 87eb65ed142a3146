import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import type { BundleExpectation } from "../core/bundle.ts";
import { committeeOf } from "../core/committee.ts";
import type { NodeIndex } from "../core/ids.ts";
import type { Reader } from "./client.ts";
import { findBundleCid } from "./findBundleCid.ts";
import { readCommit } from "./readCommit.ts";
import { readDrawWeights } from "./readDrawWeights.ts";
import { readSeed } from "./readSeed.ts";
import { readWitnessKeys } from "./readWitnessKeys.ts";

export interface EpochFacts {
  epoch: number;
  /** The committee of a node's slot, registry indices. */
  committee: (node: NodeIndex, slot: number) => readonly number[];
  /** The key of a registry index whose receipts count in this epoch. */
  witnessKey: (node: NodeIndex) => Address | undefined;
}

/** Committees and witness keys of one epoch, the same for every node's bundle: load once, use for all. */
export async function readEpochFacts(
  client: Reader,
  parameters: { registry: Address; ledger: Address; epoch: number },
): Promise<EpochFacts> {
  const { registry, ledger, epoch } = parameters;
  const [seed, weights, keys] = await Promise.all([
    readSeed(client, { ledger, epoch }),
    readDrawWeights(client, { registry, epoch: epoch - 1 }),
    readWitnessKeys(client, { registry, epoch }),
  ]);
  const drawn = new Map<string, readonly number[]>();
  const committee = (node: NodeIndex, slot: number) => {
    const key = `${node}/${slot}`;
    const known = drawn.get(key) ?? committeeOf({ seed, node, slot, weights });
    drawn.set(key, known);
    return known;
  };
  return { epoch, committee, witnessKey: (node) => keys[node] };
}

/**
 * What the chain says that the bundle of (node, epoch) must hold, for core's `verifyBundle`.
 * @param parameters.facts reuse of `readEpochFacts`. @param parameters.cid where `findBundleCid` was asked before.
 * @returns undefined if the node committed nothing for this epoch.
 */
export async function readBundleExpectation(
  client: Reader,
  parameters: {
    chainId: number;
    registry: Address;
    ledger: Address;
    node: NodeIndex;
    epoch: number;
    minWitnesses: number;
    facts?: EpochFacts;
    cid?: Hex;
  },
): Promise<BundleExpectation | undefined> {
  const { chainId, registry, ledger, node, epoch, minWitnesses } = parameters;
  const commit = await readCommit(client, { ledger, node, epoch });
  if (commit === undefined) return undefined;
  const [cid, registered, facts] = await Promise.all([
    parameters.cid ?? findBundleCid(client, { ledger, node, epoch, committedAt: commit.committedAt }),
    readContract(client, { address: registry, abi: nodeRegistryAbi, functionName: "getNode", args: [node] }),
    parameters.facts ?? readEpochFacts(client, { registry, ledger, epoch }),
  ]);
  return {
    chainId,
    ledger,
    node,
    nodeId: registered.nodeId,
    epoch,
    commit: { ...commit, cid },
    minWitnesses,
    committee: (slot) => facts.committee(node, slot),
    witnessKey: facts.witnessKey,
  };
}
