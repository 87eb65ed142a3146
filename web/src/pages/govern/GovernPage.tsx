import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useConnection } from "wagmi";
import { longId, titleOf } from "../../../../core/proposalText.ts";
import { PROPOSALS, type ProposalRow, type ProposalsAnswer } from "../../data/queries/govern.graphql.ts";
import { useFilters } from "../../data/useFilters.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { Address } from "../../ui/Address.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { HowVotesCount } from "./HowVotesCount.tsx";
import { nameOfState, outlook, stateFilter, talliesOf, TONES } from "./proposals.ts";
import { SnapshotPanel } from "./SnapshotPanel.tsx";
import { QuorumBar, TallyBars } from "./TallyBars.tsx";

const ProposeForm = lazy(() => import("./ProposeForm.tsx"));

const PAGE = 20;
const MOST = 200;
const STATES = ["open", "pending", "voting", "won", "queued", "executed", "defeated", "cancelled"];

/** What is decided, was decided, and how to propose something. */
export default function GovernPage() {
  const [search, change] = useFilters();
  const { address } = useConnection();
  return (
    <>
      <PageTitle title="Govern">
        Operators decide on the network's parameters and its treasury, each by the stake of its nodes. What wins is carried out by contracts, after a delay; nobody else can change them.
      </PageTitle>
      <div className="mb-4 grid grid-cols-1 gap-4">
        <HowVotesCount />
        {search.new === "yes" ? (
          <Suspense fallback={<Skeleton className="h-64" />}>
            <ProposeForm account={address} onClose={() => change({ new: undefined })} />
          </Suspense>
        ) : (
          <button type="button" className="button-primary w-fit" onClick={() => change({ new: "yes" })}>
            Propose something
          </button>
        )}
      </div>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <Proposals />
        <div>
          <SnapshotPanel />
        </div>
      </div>
    </>
  );
}

function Proposals() {
  const [search, change] = useFilters();
  const states = stateFilter(search.state);
  const limit = Math.min(MOST, Number(search.show ?? PAGE) || PAGE);
  const query = useGraphql<ProposalsAnswer>(PROPOSALS, { where: states === undefined ? {} : { state_in: states }, limit });
  const now = useNow();
  return (
    <Panel
      title="Proposals"
      aside={
        <label className="flex items-center gap-2 text-sm">
          State
          <select className="input min-h-8 w-auto py-1" value={states === undefined ? "" : search.state} onChange={(event) => change({ state: event.target.value || undefined })}>
            <option value="">any</option>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {state}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <QueryView
        query={query}
        isEmpty={({ proposals }) => proposals.items.length === 0}
        empty={<p>{states === undefined ? "Nobody has proposed anything yet." : "No proposal is in this state."}</p>}
      >
        {({ proposals }) => (
          <>
            <ul className="grid grid-cols-1 gap-5">
              {proposals.items.map((row) => (
                <li key={row.id} className="border-t border-line pt-4 first:border-0 first:pt-0">
                  <Row row={row} now={now} />
                </li>
              ))}
            </ul>
            {proposals.totalCount > proposals.items.length && limit < MOST && (
              <button type="button" className="button mt-4" onClick={() => change({ show: String(limit + PAGE) })}>
                Show older ones
              </button>
            )}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function Row({ row, now }: { row: ProposalRow; now: number | undefined }) {
  const state = nameOfState(row.state);
  const tallies = talliesOf(row);
  return (
    <article className="grid grid-cols-1 gap-3">
      <div>
        <h3 className="font-semibold wrap-anywhere">
          <Link to="/govern/$proposal" params={{ proposal: longId(BigInt(row.id)) }} className="link">
            {titleOf(row)}
          </Link>{" "}
          <Badge tone={TONES[state]}>{state}</Badge>
        </h3>
        <p className="text-sm text-muted">
          {now !== undefined && outlook(row, now)} By <Address value={row.proposer} />
        </p>
      </div>
      {row.voteCount > 0 && <TallyBars stake={tallies.stake} ballots={tallies.ballots} />}
      {row.quorum !== null && row.state !== "canceled" && <QuorumBar reached={tallies.stake.for + tallies.stake.abstain} needed={BigInt(row.quorum)} />}
    </article>
  );
}
