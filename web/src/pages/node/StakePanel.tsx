import { getConfig } from "../../config.ts";
import type { NodeDetail } from "../../data/queries/node.graphql.ts";
import { Amount, shortX0t } from "../../ui/Amount.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime } from "../../ui/time.ts";
import { Fact } from "./StatePanel.tsx";

const KINDS: Record<string, string> = { registered: "registered with", added: "added", unbonding: "began to unbond", withdrawn: "withdrawn", slashed: "slashed" };
const SHOWN = 8;

export function StakePanel({ node }: { node: NodeDetail }) {
  const { minStake } = getConfig().parameters;
  const [stake, unbonding, slashed] = [BigInt(node.stake), BigInt(node.unbonding), BigInt(node.slashed)];
  return (
    <Panel title="Stake">
      {stake < minStake && (
        <div className="mb-3">
          <Notice tone="warn" title="Below the minimum">
            A node is active only with at least {shortX0t(minStake)} X0T at stake at an epoch&apos;s start. Adding stake makes it active again from the next epoch on.
          </Notice>
        </div>
      )}
      <dl className="grid gap-2 text-sm sm:grid-cols-[max-content_minmax(0,1fr)] sm:gap-x-6">
        <Fact name="Active stake">
          <Amount wei={stake} /> <span className="text-muted">weighs in rewards, committees and votes</span>
        </Fact>
        <Fact name="Unbonding">
          {unbonding === 0n ? (
            <span className="text-muted">nothing</span>
          ) : (
            <>
              <Amount wei={unbonding} />, may be withdrawn <Countdown until={Number(node.unbondsAt)} over="now" />{" "}
              <span className="text-muted">from {dateTime(Number(node.unbondsAt))} on, unless a challenge is open. It can still be slashed.</span>
            </>
          )}
        </Fact>
        <Fact name="Slashed">{node.slashCount === 0 ? <span className="text-muted">never</span> : <span className="text-bad"><Amount wei={slashed} /> in {node.slashCount} {node.slashCount === 1 ? "slash" : "slashes"}: a challenge was not answered</span>}</Fact>
      </dl>
      <div className="mt-3">
        <DataTable
          caption="Changes of the stake, the latest first"
          rows={node.stakeChanges.items.slice(0, SHOWN)}
          rowKey={({ id }) => id}
          columns={[
            { name: "Time", cell: ({ timestamp }) => <span className="whitespace-nowrap">{dateTime(Number(timestamp))}</span> },
            { name: "What", cell: ({ kind }) => KINDS[kind] ?? kind },
            { name: "Amount", isNumber: true, cell: ({ amount }) => <Amount wei={BigInt(amount)} /> },
            { name: "Active after", isNumber: true, cell: ({ stake: after }) => <Amount wei={BigInt(after)} /> },
          ]}
        />
      </div>
    </Panel>
  );
}
