import { Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { stateOf, type Lease } from "./leases.ts";

const TONES = { "to come": "info", runs: "good", "being settled": "warn", settled: "plain" } as const;

export function LeaseBadge({ lease, epoch }: { lease: Lease; epoch: number | undefined }) {
  if (epoch === undefined) return <Unknown why="the chain's time is not known" />;
  const state = stateOf(lease, epoch);
  return <Badge tone={TONES[state]}>{state}</Badge>;
}
