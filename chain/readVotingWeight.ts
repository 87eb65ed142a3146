import type { Address } from "viem";
import { readContract } from "viem/actions";
import { nodeRegistryAbi } from "../core/abi/NodeRegistry.ts";
import { x0tGovernorAbi } from "../core/abi/X0TGovernor.ts";
import type { Reader } from "./client.ts";
import { readHead } from "./readHead.ts";

/** What an account's vote counts, wei of stake, and where that comes from (GOV-1). */
export interface VotingWeight {
  /** The least of the next two. */
  weightWei: bigint;
  /** At stake at the moment that counts, and `voteAgeSeconds` before it. */
  atSnapshotWei: bigint;
  agedWei: bigint;
  nowWei: bigint;
  voteAgeSeconds: number;
  /** The moment that counts, seconds since 1970. */
  snapshotAt: number;
  /** The snapshot lies ahead: these figures are of now, and may still change. */
  isPreview: boolean;
}

/** @param parameters.snapshotAt undefined for now, as whoever proposes is judged. */
export async function readVotingWeight(client: Reader, parameters: { governor: Address; registry: Address; account: Address; snapshotAt: number | undefined }): Promise<VotingWeight> {
  const { governor, registry, account, snapshotAt } = parameters;
  const { timestamp } = await readHead(client);
  // Of its own second a contract does not know the votes yet.
  const isPreview = snapshotAt === undefined || snapshotAt >= timestamp;
  const moment = isPreview ? timestamp - 1 : snapshotAt;
  const voteAgeSeconds = Number(await readContract(client, { address: governor, abi: x0tGovernorAbi, functionName: "voteAge" }));
  const past = (at: number) => readContract(client, { address: registry, abi: nodeRegistryAbi, functionName: "getPastVotes", args: [account, BigInt(Math.max(0, at))] });
  const [weightWei, atSnapshotWei, agedWei, nowWei] = await Promise.all([
    readContract(client, { address: governor, abi: x0tGovernorAbi, functionName: "getVotes", args: [account, BigInt(moment)] }),
    past(moment),
    past(moment - voteAgeSeconds),
    readContract(client, { address: registry, abi: nodeRegistryAbi, functionName: "getVotes", args: [account] }),
  ]);
  return { weightWei, atSnapshotWei, agedWei, nowWei, voteAgeSeconds, snapshotAt: moment, isPreview };
}
