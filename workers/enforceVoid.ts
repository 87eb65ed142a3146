import { readContract } from "viem/actions";
import { enforceVoid } from "../chain/enforceVoid.ts";
import { readChallenges } from "../chain/readChallenges.ts";
import { readCommit } from "../chain/readCommit.ts";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import { finalAt, slotSeconds } from "../core/epochTime.ts";
import type { NodeIndex } from "../core/ids.ts";
import { isRevert } from "../core/revert.ts";
import type { Tick } from "./chainView.ts";
import { rankOf } from "./stagger.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** A void commit older than that many epochs is looked for once an epoch only. */
const OLD_EPOCHS = 168;

/**
 * Enforces commits that became void: the stake is slashed, the challenger gets its share, the bonds return (PRF-4).
 * The challenger goes first; others follow one by one if it does not.
 */
export function createEnforceVoid(node: WorkerNode): Job {
  let sweptEpoch = -1;
  return {
    name: "enforceVoid",
    async run(tick, signal) {
      const suspects = await node.view.underChallenge(tick);
      const sweep = sweptEpoch !== tick.epoch;
      for (const suspect of suspects) {
        const last = sweep ? tick.epoch - OLD_EPOCHS : tick.epoch - Math.ceil(windowSeconds(node) / node.parameters.epochSeconds) - 2;
        for (let epoch = tick.epoch - 1; epoch >= Math.max(0, last); epoch--) {
          signal.throwIfAborted();
          await enforce(node, { suspect, epoch, tick }, signal);
        }
      }
      if (suspects.length > 0) sweptEpoch = tick.epoch;
    },
  };
}

function windowSeconds(node: WorkerNode): number {
  return finalAt(node.parameters, 0) - node.parameters.epochSeconds;
}

async function enforce(
  node: WorkerNode,
  { suspect, epoch, tick }: { suspect: NodeIndex; epoch: number; tick: Tick },
  signal: AbortSignal,
): Promise<void> {
  const { ProofLedger: ledger } = node.contracts;
  const { client } = node.view;
  const commit = await readCommit(client, { ledger, node: suspect, epoch });
  if (commit === undefined || commit.openChallenges === 0 || commit.enforced) return;
  const open = (await readChallenges(client, { ledger, node: suspect, epoch })).find((challenge) => !challenge.closed);
  if (open === undefined || tick.timestamp <= open.deadline) return;
  const others = (await node.view.nodes(tick)).filter((other) => other.active).map((other) => other.index);
  const rank = open.challenger === node.account.address ? 0 : 1 + rankOf(others, node.index, `enforce/${suspect}/${epoch}`);
  if (tick.timestamp <= open.deadline + rank * Math.max(2, slotSeconds(node.parameters))) return;
  const args = [suspect, BigInt(epoch)] as const;
  if (!(await readContract(client, { address: ledger, abi: proofLedgerAbi, functionName: "isVoid", args }))) return;
  try {
    await enforceVoid(node.sender, { ledger, node: suspect, epoch }, signal);
  } catch (error) {
    if (isRevert(error, "ProofLedger_AlreadyEnforced", "ProofLedger_NotVoid")) return;
    throw error;
  }
  node.metrics.enforced.inc();
  node.log.info({ of: suspect, epoch, challenger: open.challenger }, "enforced a void commit");
}
