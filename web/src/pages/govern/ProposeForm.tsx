import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Address } from "viem";
import { useClient } from "wagmi";
import { tryProposalCalls } from "../../../../chain/tryProposalCalls.ts";
import { x0tGovernorAbi } from "../../../../core/abi/X0TGovernor.ts";
import { formatX0t } from "../../../../core/amounts.ts";
import { markProposer, MAX_PROPOSAL_CALLS, proposalArgs, proposalIdOf } from "../../../../core/proposal.ts";
import { longId } from "../../../../core/proposalText.ts";
import type { SettingValues } from "../../../../core/settings.ts";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { duration } from "../../ui/time.ts";
import { Actions } from "./Actions.tsx";
import { ActionFields } from "./ActionFields.tsx";
import { callsOfDraft, readDraft, type DraftAction } from "./draft.ts";
import { useSettings, useVotingWeight } from "./useGovernance.ts";

const NEW: DraftAction = { kind: "setting", name: "poolPerEpoch", value: "" };

/** A proposal in words, as the timelock will read it, tried before it is sent. */
export default function ProposeForm({ account, onClose }: { account: Address | undefined; onClose: () => void }) {
  const settings = useSettings();
  return (
    <Panel
      title="Propose something"
      aside={
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      }
    >
      <QueryView query={settings}>{(current) => <Form account={account} current={current} />}</QueryView>
    </Panel>
  );
}

function Form({ account, current }: { account: Address | undefined; current: SettingValues }) {
  const book = getConfig().contracts;
  const [title, setTitle] = useState("");
  const [body, setBody] = useState("");
  const [actions, setActions] = useState<readonly DraftAction[]>([NEW]);
  const [sent, setSent] = useState<string>();
  const read = readDraft(actions, book, current);
  const calls = callsOfDraft(read);
  const weight = useVotingWeight(account, undefined);
  const problems = useTrial(calls);
  const heading = title.trim();
  const text = `# ${heading}${body.trim() === "" ? "" : `\n\n${body.trim()}`}`;
  const description = account === undefined ? undefined : markProposer(text, account);
  const threshold = current.proposalThreshold.value;
  const isPoor = weight.data !== undefined && weight.data.weightWei < threshold;
  const blocked =
    heading === ""
      ? "Give it a title."
      : calls === undefined
        ? "Fill in what it shall do."
        : isPoor
          ? `Proposing takes ${formatX0t(threshold)} X0T at stake in nodes of one operator; this account has ${formatX0t(weight.data?.weightWei ?? 0n)} X0T that count.`
          : undefined;
  const steps =
    calls === undefined || description === undefined || heading === ""
      ? []
      : [
          {
            title: `Propose “${heading}”`,
            effect: `Voting begins ${duration(Number(current.votingDelay.value))} after this is mined and lasts ${duration(Number(current.votingPeriod.value))}. It costs only the fee, and you may take it back until voting begins. The title and the text stay on the chain for ever.`,
            call: { address: book.contracts.X0TGovernor, abi: x0tGovernorAbi, functionName: "propose", args: [...proposalArgs(calls, description).slice(0, 3), description] },
          },
        ];
  return (
    <div className="grid grid-cols-1 gap-4">
      <label className="grid gap-1 text-sm">
        <span className="font-medium">Title</span>
        <input className="input" value={title} maxLength={200} placeholder="One line that says it" onChange={(event) => setTitle(event.target.value)} />
      </label>
      <label className="grid gap-1 text-sm">
        <span className="font-medium">Why</span>
        <textarea className="input min-h-28" value={body} maxLength={8_000} onChange={(event) => setBody(event.target.value)} />
        <span className="text-muted">It is shown as plain text, as you write it.</span>
      </label>
      <fieldset className="grid grid-cols-1 gap-3">
        <legend className="mb-1 text-sm font-medium">What the timelock shall do</legend>
        {actions.map((action, index) => (
          <ActionFields
            // The place is all that tells two actions apart.
            key={index}
            number={index + 1}
            action={action}
            read={read[index]}
            current={current}
            onChange={(next) => setActions(actions.map((other, place) => (place === index ? next : other)))}
            onRemove={actions.length === 1 ? undefined : () => setActions(actions.filter((_, place) => place !== index))}
          />
        ))}
        {actions.length < MAX_PROPOSAL_CALLS && (
          <button type="button" className="button w-fit" onClick={() => setActions([...actions, NEW])}>
            One more action
          </button>
        )}
      </fieldset>
      {calls !== undefined && (
        <section aria-label="What would be proposed">
          <h3 className="mb-2 text-sm font-medium">What would be proposed{calls.length > 1 && `, all ${calls.length} or nothing`}</h3>
          <Actions calls={calls} before={(name) => current[name].value} />
        </section>
      )}
      {problems.length > 0 && (
        <Notice tone="warn" title="Executed now, it would fail">
          {problems.map((problem) => (
            <p key={problem}>{problem}</p>
          ))}
          <p>Propose it only if you know that this will be different when its time has come.</p>
        </Notice>
      )}
      <TransactionPanel
        action="Propose it"
        steps={steps}
        blocked={blocked}
        onDone={() => {
          if (calls !== undefined && description !== undefined) setSent(longId(proposalIdOf(calls, description)));
        }}
      />
      {sent !== undefined && (
        <Notice tone="good" title="It is proposed">
          <Link to="/govern/$proposal" params={{ proposal: sent }} className="link">
            See the proposal
          </Link>
        </Notice>
      )}
    </div>
  );
}

/** What the calls would be refused with today, in words. */
function useTrial(calls: ReturnType<typeof callsOfDraft>): readonly string[] {
  const client = useClient();
  const book = getConfig().contracts;
  const key = useMemo(() => (calls ?? []).map(({ target, data, valueWei }) => `${target}${data}${valueWei}`), [calls]);
  const { data } = useQuery({
    queryKey: ["proposal trial", key],
    enabled: client !== undefined && calls !== undefined,
    queryFn: () => (client === undefined || calls === undefined ? [] : tryProposalCalls(client, { book, calls })),
  });
  return calls === undefined ? [] : (data ?? []);
}
