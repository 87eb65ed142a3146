import { readCommit } from "../chain/readCommit.ts";
import { readContract } from "viem/actions";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import { commitDeadline, epochAt } from "../core/epochTime.ts";
import type { Network } from "./network.ts";

/** Epochs that an uptime looks back on. */
const EPOCHS = 12;

export interface Uptime {
  /** Epochs counted: committed ones, and those whose time to commit is over. */
  epochs: number;
  slotsUp: number;
  slots: number;
  /** Void commits among them. */
  voided: number;
}

/** The proved slots of a node in its last 12 countable epochs since `firstEpoch`. */
export async function readUptime(network: Network, node: number, firstEpoch: number, timestamp: number): Promise<Uptime> {
  const { ProofLedger: ledger } = network.contracts.contracts;
  const newest = epochAt(network.parameters, timestamp) - 1;
  const oldest = Math.max(firstEpoch, newest - EPOCHS + 1);
  const uptime: Uptime = { epochs: 0, slotsUp: 0, slots: 0, voided: 0 };
  await Promise.all(
    Array.from({ length: Math.max(0, newest - oldest + 1) }, async (_, offset) => {
      const epoch = oldest + offset;
      const [commit, slotsUp, isVoid] = await Promise.all([
        readCommit(network.client, { ledger, node, epoch }),
        readContract(network.client, { address: ledger, abi: proofLedgerAbi, functionName: "uptimeOf", args: [node, BigInt(epoch)] }),
        readContract(network.client, { address: ledger, abi: proofLedgerAbi, functionName: "isVoid", args: [node, BigInt(epoch)] }),
      ]);
      if (commit === undefined && commitDeadline(network.parameters, epoch) > timestamp) return;
      uptime.epochs++;
      uptime.slots += network.parameters.slotsPerEpoch;
      uptime.slotsUp += slotsUp;
      if (isVoid) uptime.voided++;
    }),
  );
  return uptime;
}
