import { getConfig } from "../../config.ts";
import { NODE_BONUS, type BonusAnswer, type NodeDetail } from "../../data/queries/node.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { duration } from "../../ui/time.ts";
import { BONUS_WINDOW, bonusLag, bonusState, type BonusState } from "./bonusState.ts";
import { percentDown } from "./uptime.ts";

/** It changes with each epoch. */
const REFRESH_MS = 12_000;

/** PRF-3: what counts for the bonus, and how far it is. */
export function BonusPanel({ node, epoch }: { node: NodeDetail; epoch: number }) {
  const { parameters } = getConfig();
  const end = epoch - bonusLag(parameters);
  const query = useGraphql<BonusAnswer>(NODE_BONUS, { node: node.index, first: Math.max(0, end - BONUS_WINDOW), end: Math.max(0, end) }, { refreshMs: REFRESH_MS });
  return (
    <Panel title="Bonus of 10 %">
      <QueryView query={query}>
        {({ commits }) => <BonusView state={bonusState({ epoch, activeFrom: node.active ? node.activeFromEpoch : null, commits: commits.items, maintenance: node.maintenances.items }, parameters)} epoch={epoch} />}
      </QueryView>
    </Panel>
  );
}

function BonusView({ state, epoch }: { state: BonusState; epoch: number }) {
  const { epochSeconds } = getConfig().parameters;
  const { hasBonus, first, end, provedSlots, countedSlots, spareSlots, maintenanceEpochs, earliestEpoch, why } = state;
  const epochs = end - first;
  return (
    <div className="grid gap-3 text-sm">
      <p>
        <Badge tone={hasBonus === true ? "good" : "plain"}>{hasBonus === true ? "has it" : "not yet"}</Badge> {why}
        {earliestEpoch !== undefined && earliestEpoch > epoch && ` That is about ${duration((earliestEpoch - epoch) * epochSeconds)} away.`}
      </p>
      <div>
        <progress className="h-2 w-full accent-accent" value={epochs} max={BONUS_WINDOW} aria-label="Epochs that count for the bonus" />
        <p className="text-muted">
          {epochs} of {BONUS_WINDOW} epochs count{epochs > 0 && ` (${first.toLocaleString("en")} to ${(end - 1).toLocaleString("en")})`}: final ones without a break of activity
          {maintenanceEpochs > 0 && `, ${maintenanceEpochs} of announced maintenance left out`}.
        </p>
      </div>
      {countedSlots > 0 && (
        <p>
          Proved in them: {provedSlots.toLocaleString("en")} of {countedSlots.toLocaleString("en")} slots, {percentDown(provedSlots / countedSlots)}; 99 % are needed.{" "}
          {spareSlots >= 0 ? `So ${spareSlots.toLocaleString("en")} more could be missed.` : `That is ${(-spareSlots).toLocaleString("en")} too few.`}
        </p>
      )}
      <p className="text-xs text-muted">An epoch without a proof counts as nothing proved. A void epoch takes the bonus until it leaves the count. Maintenance that is announced an epoch ahead does not count.</p>
    </div>
  );
}
