import { Link, useParams } from "@tanstack/react-router";
import { useConnection } from "wagmi";
import { proposalIdOf } from "../../../../core/proposal.ts";
import { bodyOf, longId, titleOf } from "../../../../core/proposalText.ts";
import { describeVerdict } from "../../../../core/verdict.ts";
import { formatX0t } from "../../../../core/amounts.ts";
import { plainText } from "../../../../core/plainText.ts";
import type { SettingName } from "../../../../core/settings.ts";
import { PROPOSAL, SETTING_CHANGES, type ProposalAnswer, type SettingChangesAnswer } from "../../data/queries/govern.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Address } from "../../ui/Address.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { dateTime } from "../../ui/time.ts";
import { formatBallots } from "../../../../core/verdict.ts";
import { Actions } from "./Actions.tsx";
import { HowVotesCount } from "./HowVotesCount.tsx";
import { NextPanel } from "./NextPanel.tsx";
import { callsOf, idOf, nameOfState, timelineOf, TONES, type Moment } from "./proposals.ts";
import { QuorumBar, TallyBars } from "./TallyBars.tsx";
import { useProposalStatus, useSettings } from "./useGovernance.ts";

type Known = NonNullable<ProposalAnswer["proposal"]>;

/** One proposal: what it does, who leads, what can be done now, and what became of it. */
export default function ProposalPage() {
  const { proposal: text } = useParams({ strict: false }) as { proposal: string };
  const id = idOf(text);
  const query = useGraphql<ProposalAnswer>(PROPOSAL, { id: String(id) }, { isOff: id === undefined });
  if (id === undefined) return <Missing />;
  return (
    <QueryView query={query} isEmpty={({ proposal }) => proposal === null} empty={<Missing />}>
      {({ proposal }) => proposal !== null && (BigInt(proposal.id) === id ? <Proposal key={proposal.id} row={proposal} /> : <Skeleton className="h-64" />)}
    </QueryView>
  );
}

function Missing() {
  return (
    <>
      <PageTitle title="There is no such proposal">A new one takes a few seconds to appear.</PageTitle>
      <Link to="/govern" className="link">
        All proposals
      </Link>
    </>
  );
}

function Proposal({ row }: { row: Known }) {
  const { address } = useConnection();
  const id = BigInt(row.id);
  const status = useProposalStatus(id);
  const state = nameOfState(status.data?.state ?? row.state, status.data ?? undefined);
  const body = bodyOf(row);
  const before = useBefore(row);
  // A vote names the number alone: what stands here must be what the number says.
  const isTrue = proposalIdOf(callsOf(row), row.description) === id;
  return (
    <>
      <PageTitle title={titleOf(row)}>
        <Badge tone={TONES[state]}>{state}</Badge> by <Address value={row.proposer} full />
      </PageTitle>
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <div className="grid grid-cols-1 content-start gap-4">
          {!isTrue && (
            <Notice tone="bad" title="This is not what the number says">
              The indexer&apos;s answer does not belong to this proposal&apos;s number: do not vote by it. Look with ./x0t gov show, which asks the chain.
            </Notice>
          )}
          <Panel title={row.targets.length === 1 ? "What it does" : `What it does, all ${row.targets.length} or nothing`}>
            <Actions calls={callsOf(row)} before={before} />
            {status.data?.replacesGuardianOnly === true && <p className="mt-3 text-sm text-muted">It does nothing but replace the guardian, who therefore cannot cancel it.</p>}
          </Panel>
          <Panel title="Where the vote stands">
            <QueryView query={status} isEmpty={(found) => found === null} empty={<p>The chain does not know it yet.</p>}>
              {(found) =>
                found !== null && (
                  <div className="grid grid-cols-1 gap-4">
                    <TallyBars stake={found.stake} ballots={found.ballots} />
                    <QuorumBar {...found.quorum} isPreview={found.state === "pending"} />
                    <ul className="list-disc space-y-1 pl-5 text-sm">
                      {describeVerdict(found).map((line) => (
                        <li key={line}>{line}</li>
                      ))}
                    </ul>
                    <HowVotesCount />
                  </div>
                )
              }
            </QueryView>
          </Panel>
          {isTrue && <NextPanel row={row} status={status.data ?? undefined} account={address} />}
          <Panel title="In the proposer's words">
            {body === "" ? <p className="text-sm text-muted">Nothing but the title.</p> : <p className="text-sm wrap-anywhere whitespace-pre-wrap">{body}</p>}
          </Panel>
          <Votes row={row} />
        </div>
        <div className="grid grid-cols-1 content-start gap-4">
          <Panel title="Timeline">
            <Timeline moments={timelineOf(row, status.data?.now ?? Number(row.proposedAt))} />
          </Panel>
          <Panel title="Its number">
            <Address value={`0x${longId(id)}`} full />
            <p className="mt-2 text-sm text-muted">It follows from all that the proposal contains, so that nothing in it can be changed.</p>
          </Panel>
        </div>
      </div>
    </>
  );
}

/** The settings before it: of today, while it is open; as its execution found them, afterwards. */
function useBefore(row: Known): (name: SettingName, value: bigint) => bigint | undefined {
  const settings = useSettings();
  const isDone = row.executedAt !== null;
  const changes = useGraphql<SettingChangesAnswer>(SETTING_CHANGES, { at: row.executedAt ?? "0" }, { isOff: !isDone });
  return (name, value) => {
    if (!isDone) return settings.data?.[name].value;
    if (changes.data === undefined) return undefined;
    const found = changes.data.settingChanges.items.find((change) => change.name === name);
    // Without an event it stayed as it was.
    if (found === undefined) return value;
    return found.former === null ? undefined : BigInt(found.former);
  };
}

function Timeline({ moments }: { moments: readonly Moment[] }) {
  return (
    <ol className="grid grid-cols-1 gap-3 text-sm">
      {moments.map(({ title, at, isPast, note }) => (
        <li key={`${title} ${at ?? ""}`} className="flex gap-3">
          <span className={`mt-1.5 size-2.5 shrink-0 rounded-full ${isPast ? "bg-good" : "border border-muted"}`} aria-hidden="true" />
          <span className="min-w-0">
            <span className={isPast ? "font-medium" : "text-muted"}>{title}</span>
            {at !== undefined && (
              <time className="block text-muted" dateTime={new Date(at * 1000).toISOString()}>
                {dateTime(at)}
              </time>
            )}
            {note !== undefined && <span className="block text-xs text-muted">{note}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Votes({ row }: { row: Known }) {
  const { items, totalCount } = row.votes;
  return (
    <Panel title="Votes" aside={<span className="text-sm text-muted">{totalCount}</span>}>
      {items.length === 0 ? (
        <p className="text-sm text-muted">Nobody has voted yet.</p>
      ) : (
        <>
          <DataTable
            caption="Table of the votes"
            rows={items}
            rowKey={({ voter }) => voter}
            columns={[
              { name: "Voter", cell: ({ voter }) => <Address value={voter} /> },
              { name: "Vote", cell: ({ support }) => <Badge tone={support === "for" ? "good" : support === "against" ? "bad" : "plain"}>{support}</Badge> },
              { name: "Stake", isNumber: true, cell: ({ stake }) => <span className="whitespace-nowrap">{formatX0t(BigInt(stake))} X0T</span> },
              { name: "Ballots", isNumber: true, cell: ({ ballots }) => formatBallots(BigInt(ballots)) },
              { name: "Why", cell: ({ reason }) => <span className="wrap-anywhere">{plainText(reason)}</span> },
              { name: "When", cell: ({ timestamp }) => <span className="whitespace-nowrap">{dateTime(Number(timestamp))}</span> },
            ]}
          />
          {totalCount > items.length && <p className="mt-3 text-sm text-muted">The largest {items.length} of {totalCount}.</p>}
        </>
      )}
    </Panel>
  );
}
