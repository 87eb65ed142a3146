import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { getConfig } from "../../config.ts";
import type { NodeDetail } from "../../data/queries/node.graphql.ts";
import { Amount, exactX0t, shortX0t, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime } from "../../ui/time.ts";
import { afterBurn } from "../operate/rewards.ts";
import type { EarningState } from "./epochEarning.ts";
import { EpochPager } from "./UptimePanel.tsx";
import type { NodeEpoch, usePage } from "./useNodeEpochs.ts";

const TONES: Record<EarningState, "good" | "warn" | "bad" | "info" | "plain"> = {
  claimed: "good",
  claimable: "good",
  pending: "info",
  awaited: "info",
  running: "info",
  challenged: "warn",
  lost: "bad",
  inactive: "plain",
  none: "plain",
};
const WORDS: Record<EarningState, string> = {
  claimed: "claimed",
  claimable: "claimable",
  pending: "pending",
  awaited: "not committed yet",
  running: "still running",
  challenged: "challenged",
  lost: "lost",
  inactive: "not active",
  none: "nothing earned",
};

/** What the node earned, split into what became of it, and why. */
export function EarningsPanel({ node, epochs, page }: { node: NodeDetail; epochs: readonly NodeEpoch[]; page: ReturnType<typeof usePage> }) {
  const [chosen, setChosen] = useState<number>();
  const shown = epochs.find(({ epoch }) => epoch === chosen) ?? epochs.find(({ commit }) => commit !== undefined && !commit.voided && commit.slots > 0);
  return (
    <Panel title="Earnings" aside={<EpochPager page={page} of="earnings" />}>
      <Split node={node} epochs={epochs} isNewest={page.isNewest} />
      <DataTable
        caption="Earnings by epoch, the latest first"
        rows={epochs}
        rowKey={({ epoch }) => epoch}
        columns={[
          {
            name: "Epoch",
            cell: ({ epoch, startsAt, commit }) =>
              commit === undefined ? (
                <span title={dateTime(startsAt)}>{epoch.toLocaleString("en")}</span>
              ) : (
                <button type="button" className="link cursor-pointer" title={`${dateTime(startsAt)}; shows how its share comes about`} onClick={() => setChosen(epoch)}>
                  {epoch.toLocaleString("en")}
                </button>
              ),
          },
          {
            name: "Uptime reward",
            isNumber: true,
            cell: ({ earning }) =>
              earning.amountWei === undefined ? (
                <Unknown why={earning.why} />
              ) : (
                <>
                  {earning.isEstimate && <span title="may change until it is final">about </span>}
                  <Amount wei={earning.amountWei} />
                </>
              ),
          },
          { name: "State", cell: ({ earning }) => <Badge tone={TONES[earning.state]}>{WORDS[earning.state]}</Badge> },
          {
            name: "Why",
            cell: ({ earning }) => (
              <span className="inline-block min-w-64">
                {earning.why}
                {earning.lostWei !== undefined && earning.lostWei > 0n && ` About ${shortX0t(earning.lostWei)} X0T less than with a full proof.`}
              </span>
            ),
          },
          { name: "Relaying", isNumber: true, cell: ({ relayingWei }) => (relayingWei === 0n ? <span className="text-muted">none redeemed</span> : <Amount wei={relayingWei} />) },
          {
            name: "Leases",
            isNumber: true,
            cell: ({ leaseWei, leasesLost }) =>
              leaseWei === 0n && leasesLost === 0 ? <span className="text-muted">none settled</span> : leasesLost > 0 && leaseWei === 0n ? <span className="text-bad">returned to the tenant</span> : <Amount wei={leaseWei} />,
          },
        ]}
      />
      {shown !== undefined && <ShareFormula of={shown} />}
    </Panel>
  );
}

function Split({ node, epochs, isNewest }: { node: NodeDetail; epochs: readonly NodeEpoch[]; isNewest: boolean }) {
  const claimed = BigInt(node.claimed);
  const claimable = BigInt(node.earned) - claimed;
  const pendingEpochs = epochs.filter(({ earning: { state } }) => state === "pending");
  const challenged = epochs.filter(({ earning: { state } }) => state === "challenged").length;
  const besides = challenged === 0 ? "" : ` ${challenged} more ${challenged === 1 ? "is" : "are"} challenged and count nothing now.`;
  const pending = pendingEpochs.reduce<bigint | undefined>((total, { earning }) => (total === undefined || earning.amountWei === undefined ? undefined : total + earning.amountWei), 0n);
  const lost = epochs.reduce<bigint | undefined>((total, { earning }) => (total === undefined || earning.lostWei === undefined ? undefined : total + earning.lostWei), 0n);
  const burned = (wei: bigint) => `${shortX0t(afterBurn(wei).burnedWei)} X0T of it burned`;
  const rows = [
    { name: "Claimed", wei: claimed, why: `Paid to the operator, ${burned(claimed)}: every payment burns 1 %.` },
    {
      name: "Claimable",
      wei: claimable,
      why: claimable > 0n ? `Final and not claimed yet. ${burned(claimable).replace("burned", "will burn")}.` : "All rewards of final epochs are claimed.",
    },
    {
      name: "Pending",
      wei: isNewest ? pending : undefined,
      why: isNewest ? (pendingEpochs.length === 0 ? `No commit waits to become final.${besides}` : `About, of ${pendingEpochs.length} epochs that are not final: others may still commit or challenge.${besides}`) : "Turn to the newest epochs to see it.",
    },
    { name: "Lost", wei: lost, why: `About, in the ${epochs.length} epochs shown: what missed slots, missing commits and void epochs would have earned.` },
    { name: "For relaying", wei: BigInt(node.redeemed), why: `Redeemed from payment channels in ${node.redemptionCount} payments that this node sent, ${burned(BigInt(node.redeemed))}.` },
    { name: "From leases", wei: BigInt(node.leaseIncome), why: leaseText(node) },
  ];
  return (
    <>
      <dl className="mb-4 grid gap-x-6 gap-y-2 text-sm sm:grid-cols-2">
        {rows.map(({ name, wei, why }) => (
          <div key={name} className="rounded-lg bg-raised px-3 py-2">
            <dt className="text-muted">{name}</dt>
            <dd className="text-lg font-semibold">{wei === undefined ? <Unknown why={why} /> : <Amount wei={wei} />}</dd>
            <dd className="text-xs text-muted">{why}</dd>
          </div>
        ))}
      </dl>
      {claimable > 0n && (
        <p className="mb-4 text-sm">
          <Link to="/operate" className="link">
            Claim it under Operate
          </Link>
          . Anyone may: it goes to the operator all the same.
        </p>
      )}
    </>
  );
}

function leaseText(node: NodeDetail): string {
  if (node.leaseCount === 0) return "It was never rented.";
  const burned = node.leaseEpochsBurned > 0 ? `, ${node.leaseEpochsBurned} burned because the tenant rejected them` : "";
  return `${node.leaseCount} ${node.leaseCount === 1 ? "lease" : "leases"}: ${node.leaseEpochsPaid} epochs paid, ${node.leaseEpochsRefunded} returned to tenants${burned}. Before the burn of 1 %.`;
}

/** REW-1 and REW-2 in words, with the numbers of one epoch. */
function ShareFormula({ of: { epoch, commit, stakeWei, totalWeight, poolWei, targetWei, earning } }: { of: NodeEpoch }) {
  const { slotsPerEpoch } = getConfig().parameters;
  if (commit === undefined) return null;
  const x0t = (wei: bigint | undefined) => (wei === undefined ? "—" : exactX0t(wei));
  const weight = BigInt(commit.weight);
  const isScaled = totalWeight !== undefined && targetWei !== undefined && totalWeight < targetWei;
  return (
    <section className="mt-5 rounded-lg border border-line px-4 py-3 text-sm" aria-label={`How the share of epoch ${epoch} comes about`}>
      <h3 className="font-semibold">How the share of epoch {epoch.toLocaleString("en")} comes about</h3>
      <ol className="mt-2 grid list-decimal gap-1 pl-5">
        <li>
          Its weight is its stake times the share of slots that it proved: {x0t(stakeWei)} × {commit.slots} / {slotsPerEpoch}
          {earning.hasBonus === true && " × 1.10 for the bonus"} = {x0t(weight)}. The stake is the lesser of those at the epoch&apos;s start and end.
        </li>
        <li>All nodes together weigh {x0t(totalWeight)} in this epoch{commit.final ? "" : " so far"}.</li>
        <li>
          The pool of an epoch is {x0t(poolWei)} X0T.{" "}
          {isScaled
            ? `It is paid out in full only if at least ${x0t(targetWei)} X0T of stake prove themselves: now it is the pool × ${x0t(totalWeight)} / ${x0t(targetWei)}.`
            : "More than the target stake proved itself, so all of it is paid out."}
        </li>
        <li>
          The node&apos;s share is its weight of all weight, rounded down: {earning.amountWei === undefined ? "not known yet" : `${earning.isEstimate ? "about " : ""}${x0t(earning.amountWei)} X0T`}
          {earning.amountWei !== undefined && `, of which ${x0t(afterBurn(earning.amountWei).netWei)} X0T arrive after the burn of 1 %`}.
        </li>
      </ol>
      <p className="mt-2 text-xs text-muted">Choose another epoch in the table to see its numbers.</p>
    </section>
  );
}
