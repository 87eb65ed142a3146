import { useQuery } from "@tanstack/react-query";
import { plainText } from "../../../../core/plainText.ts";
import { getConfig } from "../../config.ts";
import { askSnapshotHub, type HubProposal } from "../../data/snapshotHub.ts";
import { Badge } from "../../ui/Badge.tsx";
import { CopyCode } from "../../ui/CopyCode.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { dateTime } from "../../ui/time.ts";

const REFRESH_MS = 15_000;

/** What is voted off chain, by signatures: no fee, and nothing executes it. */
export function SnapshotPanel() {
  const { snapshot } = getConfig();
  return (
    <Panel title="Snapshot" aside={snapshot !== null && <span className="text-sm text-muted">{snapshot.space}</span>}>
      {snapshot === null ? (
        <p className="text-sm text-muted">
          No Snapshot space is configured for this network. Snapshot collects signed votes without fees, to ask for opinions; only the proposals of this page are carried out by contracts.
        </p>
      ) : (
        <Proposals hub={snapshot} />
      )}
    </Panel>
  );
}

function Proposals({ hub }: { hub: { hubUrl: string; space: string } }) {
  const query = useQuery({ queryKey: ["snapshot", hub], queryFn: ({ signal }) => askSnapshotHub(hub, signal), refetchInterval: REFRESH_MS, retry: 1 });
  return (
    <>
      <p className="mb-3 text-sm text-muted">Signed votes without fees, counted by the hub, by the square root of stake. They ask for opinions: nothing executes them.</p>
      <QueryView query={query} isEmpty={(proposals) => proposals.length === 0} empty={<p>Nothing was proposed in this space yet.</p>}>
        {(proposals) => (
          <ul className="grid grid-cols-1 gap-4">
            {proposals.map((proposal) => (
              <li key={proposal.id} className="border-t border-line pt-3 first:border-0 first:pt-0">
                <Proposal proposal={proposal} />
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </>
  );
}

function Proposal({ proposal }: { proposal: HubProposal }) {
  const { id, title, state, start, end, choices, scores, scores_total: total, quorum, votes } = proposal;
  const amount = (x0t: number) => `${x0t.toLocaleString("en-US", { maximumFractionDigits: 2 })} X0T`;
  return (
    <article className="grid grid-cols-1 gap-1 text-sm">
      <h3 className="font-medium wrap-anywhere">
        {plainText(title)} <Badge tone={state === "active" ? "info" : "plain"}>{state === "active" ? "voting" : state}</Badge>
      </h3>
      <p className="text-muted">
        {state === "pending" ? `From ${dateTime(start)} to ${dateTime(end)}` : state === "active" ? `Until ${dateTime(end)}` : `Ended ${dateTime(end)}`}
        {votes !== null && `; ${votes} ${votes === 1 ? "vote" : "votes"}`}
        {total !== null && quorum !== null && quorum > 0 && `; ${amount(total)} of ${amount(quorum)} quorum`}
      </p>
      <ul>
        {choices.map((choice, index) => {
          const score = scores?.[index];
          const share = score === undefined || total === null || total === 0 ? undefined : score / total;
          return (
            <li key={choice} className="flex justify-between gap-3">
              <span className="wrap-anywhere">{plainText(choice)}</span>
              <span className="whitespace-nowrap tabular-nums">{share === undefined ? <span className="text-muted">no votes yet</span> : `${(share * 100).toFixed(1)} %`}</span>
            </li>
          );
        })}
      </ul>
      {state === "active" && /^0x[0-9a-f]{64}$/.test(id) && (
        <details>
          <summary className="cursor-pointer text-muted">How to vote</summary>
          <p className="my-1 text-muted">With the operator's key on your own machine, in one signature; 1 is the first choice, and so on:</p>
          <CopyCode name="the command" code={`./x0t snapshot vote ${id} 1 --key-file operator.key`} />
        </details>
      )}
    </article>
  );
}
