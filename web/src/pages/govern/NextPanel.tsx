import type { Address as AccountAddress } from "viem";
import type { ProposalStatus } from "../../../../chain/readProposal.ts";
import { x0tGovernorAbi } from "../../../../core/abi/X0TGovernor.ts";
import { proposalArgs } from "../../../../core/proposal.ts";
import { shortId } from "../../../../core/proposalText.ts";
import { getConfig } from "../../config.ts";
import type { ProposalRow } from "../../data/queries/govern.graphql.ts";
import { useNow } from "../../data/useNow.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Address } from "../../ui/Address.tsx";
import { CopyCode } from "../../ui/CopyCode.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { duration } from "../../ui/time.ts";
import { callsOf, optionsOf, type Option } from "./proposals.ts";
import { useGuardians, useSettings } from "./useGovernance.ts";
import { VotePanel } from "./VotePanel.tsx";

interface Props {
  row: ProposalRow;
  status: ProposalStatus | undefined;
  account: AccountAddress | undefined;
}

const TITLES = { vote: "Vote", queue: "Queue it", execute: "Execute it", cancel: "Cancel it" } as const;

/** What can be done with the proposal now, by whom, and what comes later. */
export function NextPanel({ row, status, account }: Props) {
  const now = useNow();
  const settings = useSettings();
  if (status === undefined) {
    return (
      <Panel title="What can be done">
        <Skeleton className="h-24" />
      </Panel>
    );
  }
  // The page's clock ticks between two answers of the chain.
  const standing = { ...status, now: Math.max(status.now, now ?? 0) };
  const options = optionsOf(standing, settings.data === undefined ? undefined : Number(settings.data.timelockDelay.value));
  return (
    <Panel title="What can be done">
      {options.length === 0 ? (
        <p className="text-sm text-muted">{status.state === "executed" ? "Nothing: it is done." : "Nothing: it is over. Who still wants it proposes it anew, with another title."}</p>
      ) : (
        <div className="grid grid-cols-1 gap-6">
          {options.map((option) => (
            <section key={option.what} className="grid grid-cols-1 gap-2">
              <h3 className="font-semibold">{TITLES[option.what]}</h3>
              <p className="text-sm text-muted">
                {option.who} {option.notYet}
              </p>
              <Act option={option} row={row} status={standing} account={account} />
            </section>
          ))}
        </div>
      )}
    </Panel>
  );
}

function Act({ option, row, status, account }: { option: Option; row: ProposalRow; status: ProposalStatus; account: AccountAddress | undefined }) {
  const settings = useSettings();
  if (option.what === "vote") {
    const isObjecting = status.now > status.closesAt;
    return <VotePanel account={account} proposalId={BigInt(row.id)} snapshotAt={status.snapshotAt} isOpen={option.notYet === undefined} isObjecting={isObjecting} />;
  }
  if (option.notYet !== undefined) return null;
  if (option.what === "cancel") return <Cancel row={row} status={status} account={account} />;
  const delay = settings.data === undefined ? "the timelock's delay" : duration(Number(settings.data.timelockDelay.value));
  const effect = option.what === "queue" ? `It may be executed ${delay} later. It costs only the fee.` : "All that it does, as described above, is done in this one transaction, or nothing of it.";
  return <TransactionPanel action={TITLES[option.what]} steps={[stepOf(option.what, `${option.what === "queue" ? "Queue" : "Execute"} proposal ${shortId(BigInt(row.id))}`, effect, row)]} />;
}

function stepOf(functionName: "queue" | "execute" | "cancel", title: string, effect: string, row: ProposalRow) {
  const { X0TGovernor: address } = getConfig().contracts.contracts;
  return { title, effect, call: { address, abi: x0tGovernorAbi, functionName, args: proposalArgs(callsOf(row), row.description) } };
}

/** While pending its proposer, while queued the guardian. */
function Cancel({ row, status, account }: { row: ProposalRow; status: ProposalStatus; account: AccountAddress | undefined }) {
  const guardians = useGuardians(BigInt(row.id));
  const id = shortId(BigInt(row.id));
  const me = account?.toLowerCase();
  const isAllowed = status.state === "pending" ? me === row.proposer.toLowerCase() : guardians.data?.some((guardian) => guardian.toLowerCase() === me) === true;
  if (isAllowed) return <TransactionPanel isDanger action="Cancel it" steps={[stepOf("cancel", `Cancel proposal ${id}`, "It ends for good. Exactly the same cannot be proposed again; with another title it can.", row)]} />;
  if (status.state === "pending") return null;
  return (
    <div className="grid grid-cols-1 gap-2 text-sm">
      <ul>
        {(guardians.data ?? []).map((guardian) => (
          <li key={guardian}>
            Guardian: <Address value={guardian} full />
          </li>
        ))}
      </ul>
      <p className="text-muted">If that is a multi-signature account (a Safe), enough of its owners sign; on their machines:</p>
      <CopyCode name="the guardian's command" code={`./x0t gov guard cancel ${id}`} />
    </div>
  );
}
