import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { Stat } from "../../ui/Stat.tsx";
import { duration } from "../../ui/time.ts";
import type { ClientStatus, SessionPathView } from "./clientStatus.ts";
import { HopChain, regionsOfHops } from "./HopChain.tsx";

const ROLES: Readonly<Record<string, string>> = {
  lead: "leads",
  share: "shares the load",
  standby: "stands by",
  duplicate: "carries all twice",
  joining: "joins",
};

const NOT_TOLD = "this client is too old to tell it";

/** Which ways the traffic goes now. */
export function SessionPanel({ status }: { status: ClientStatus }) {
  const { session, circuit } = status;
  if (circuit === null || session === null) {
    return (
      <Panel title="Your session">
        <Notice tone="warn" title="No circuit stands now">
          {status.waitingFor ?? "One is being built; this takes a few seconds."} What you start meanwhile waits.
        </Notice>
      </Panel>
    );
  }
  return (
    <Panel title="Your session" aside={session !== undefined && <span className="text-sm text-muted">for {duration(session.ageSeconds)}; live</span>}>
      <dl className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-5">
        <Stat label="Open connections" value={session?.streams ?? status.streams} note="of programs without a user name of their own" />
        <Stat label="Carried" value={session === undefined ? <Unknown why={NOT_TOLD} /> : byteSize(session.bytes)} note={`${byteSize(status.bytes)} over this client's life`} />
        <Stat label="Switch-overs" value={session?.switchOvers ?? <Unknown why={NOT_TOLD} />} note="another path took the lead; downloads went on" />
        <Stat label="Lost circuits" value={session?.lostCircuits ?? <Unknown why={NOT_TOLD} />} note="replaced by themselves" />
        <Stat label="Paid in all" value={<Amount wei={BigInt(status.spentWei)} />} note="promised to guards by vouchers" />
      </dl>
      {session === undefined ? (
        <HopChain regions={regionsOfHops(circuit)} label="The way of your traffic" />
      ) : (
        <DataTable<SessionPathView & { place: number }>
          caption="Paths of the session"
          rows={session.paths.map((path, place) => ({ ...path, place }))}
          rowKey={({ place }) => place}
          columns={[
            { name: "Path", cell: ({ hops, place }) => <HopChain regions={regionsOfHops(hops)} label={`Path ${place + 1}`} isShort /> },
            {
              name: "Does",
              cell: ({ role, suspect }) => (suspect ? <Badge tone="warn">silent now</Badge> : <Badge tone={role === "lead" ? "good" : "plain"}>{ROLES[role] ?? role}</Badge>),
            },
            { name: "Round trip", isNumber: true, cell: ({ rttMs }) => (rttMs === null ? <Unknown why="not measured yet" /> : `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`) },
            { name: "Carried", isNumber: true, cell: ({ bytes }) => byteSize(bytes) },
          ]}
        />
      )}
      <p className="mt-3 text-xs text-muted">
        A session ends at one exit and reaches it by up to three paths. When the leading one falls silent another takes over within milliseconds. {status.circuits.spare > 0 ? "A spare circuit to another exit is ready, in case the exit itself dies." : "No spare circuit to another exit is ready yet."}
      </p>
    </Panel>
  );
}
