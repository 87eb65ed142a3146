import { useMemo } from "react";
import { getConfig } from "../../config.ts";
import { PROOFS_OF_EPOCH, type ProofsAnswer } from "../../data/queries/network.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { latestCommitted } from "./epochPhase.ts";

const REFRESH_MS = 20_000;

/** Slots by node of the latest epoch whose commits are in; undefined while it is not known, or `isWanted` is false. */
export function useLatestProofs(isWanted: boolean): { epoch: number; slots: ReadonlyMap<number, number> } | undefined {
  const now = useNow();
  const epoch = now === undefined ? undefined : latestCommitted(getConfig().parameters, now);
  const { data, isPlaceholderData } = useGraphql<ProofsAnswer>(PROOFS_OF_EPOCH, { epoch }, { refreshMs: REFRESH_MS, isOff: !isWanted || epoch === undefined });
  return useMemo(() => {
    if (data === undefined || epoch === undefined) return undefined;
    // While the next epoch's answer is under way, the one before stands.
    const slots = new Map(data.commits.items.map((commit) => [commit.node, commit.voided ? 0 : commit.slots]));
    return { epoch: isPlaceholderData ? epoch - 1 : epoch, slots };
  }, [data, epoch, isPlaceholderData]);
}
