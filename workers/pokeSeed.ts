import { isSeedWritten } from "../chain/isSeedWritten.ts";
import { pokeSeed } from "../chain/pokeSeed.ts";
import { epochStart } from "../core/epochTime.ts";
import { rankOf } from "./stagger.ts";
import type { Job, WorkerNode } from "./workerNode.ts";

/** Seconds that a node waits for each one before it: about a block. */
const STEP_SECONDS = 2;

/** Writes the seed of the next epoch in the first block of each: one node does, the next only if it did not. */
export function createPokeSeed(node: WorkerNode): Job {
  const { ProofLedger: ledger } = node.contracts;
  let doneEpoch = -1;
  /** When this worker first saw the epoch: those that start in its middle wait for each other too. */
  let seen = { epoch: -1, timestamp: 0 };
  return {
    name: "pokeSeed",
    async run(tick, signal) {
      const { epoch } = tick;
      if (doneEpoch === epoch) return;
      if (seen.epoch !== epoch) seen = { epoch, timestamp: Math.max(tick.timestamp, epochStart(node.parameters, epoch)) };
      const active = (await node.view.nodes(tick)).filter((other) => other.active).map((other) => other.index);
      const rank = rankOf(active, node.index, `poke/${epoch}`);
      const waitSeconds = Math.min(rank * STEP_SECONDS, node.parameters.epochSeconds / 2);
      if (tick.timestamp < seen.timestamp + waitSeconds) return;
      if (!(await isSeedWritten(node.view.client, { ledger, epoch: epoch + 1 }))) {
        await pokeSeed(node.sender, { ledger }, signal);
        node.metrics.pokes.inc();
        node.log.info({ seedOf: epoch + 1 }, "wrote the seed");
      }
      doneEpoch = epoch;
    },
  };
}
