import { slotsOf } from "../../../../core/bundle.ts";
import { getConfig } from "../../config.ts";
import type { NodeChallenge, NodeDetail } from "../../data/queries/node.graphql.ts";
import { Address } from "../../ui/Address.tsx";
import { shortX0t } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime } from "../../ui/time.ts";
import { slotList } from "./explainSlot.ts";

const TONES = { open: "warn", answered: "good", overdue: "bad", returned: "bad" } as const;

/** Who doubted what this node claims, and how it ended. */
export function ChallengesPanel({ node }: { node: NodeDetail }) {
  const { challengeBond, slashBps } = getConfig().parameters;
  return (
    <Panel title="Challenges" aside={<span className="text-sm text-muted">{node.challengeCount} made, {node.challengesAnswered} answered, {node.challengesLost} lost</span>}>
      <p className="mb-3 text-sm text-muted">
        Anyone may bet {shortX0t(challengeBond)} X0T that a slot is not proved. The node answers with the witnesses&apos; signatures, and the bet burns; if it cannot, the epoch is void and {slashBps / 100} % of
        its stake is lost.
      </p>
      {node.challenges.items.length === 0 ? (
        <p className="text-sm">Nobody challenged this node.</p>
      ) : (
        <DataTable
          caption="Challenges, the latest first"
          rows={node.challenges.items}
          rowKey={({ epoch, challengeId }) => `${epoch}/${challengeId}`}
          columns={[
            { name: "Epoch", cell: ({ epoch }) => epoch.toLocaleString("en") },
            { name: "Named", cell: ({ bitmap }) => slotList(slotsOf(BigInt(bitmap))) },
            { name: "State", cell: ({ status }) => <Badge tone={TONES[status as keyof typeof TONES] ?? "plain"}>{status}</Badge> },
            { name: "What it means", cell: (each) => <span className="inline-block min-w-56"><Meaning challenge={each} /></span> },
            { name: "By", cell: ({ challenger }) => <Address value={challenger} /> },
          ]}
        />
      )}
    </Panel>
  );
}

function Meaning({ challenge: { status, deadline, answeredAt } }: { challenge: NodeChallenge }) {
  if (status === "open") return <>The node must answer until {dateTime(Number(deadline))}: <Countdown until={Number(deadline)} over="the time is over" /> left.</>;
  if (status === "answered") return <>Answered{answeredAt === null ? "" : ` at ${dateTime(Number(answeredAt))}`}: the slots are proved, the bond burned.</>;
  if (status === "overdue") return <>Not answered until {dateTime(Number(deadline))}: the epoch is void.</>;
  return <>The epoch became void by another challenge; the bond went back.</>;
}
