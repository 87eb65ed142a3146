import { Link } from "@tanstack/react-router";
import { getConfig } from "../../config.ts";
import { Address } from "../../ui/Address.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime } from "../../ui/time.ts";
import { EpochPager } from "./UptimePanel.tsx";
import type { NodeEpoch, usePage } from "./useNodeEpochs.ts";

/** What the node committed: each proof lies in IPFS, and can be verified by whoever wants. */
export function ProofsPanel({ index, epochs, page }: { index: number; epochs: readonly NodeEpoch[]; page: ReturnType<typeof usePage> }) {
  const { slotsPerEpoch } = getConfig().parameters;
  const rows = epochs.flatMap(({ epoch, commit }) => (commit === undefined ? [] : [{ ...commit, epoch }]));
  return (
    <Panel title="Proofs" aside={<EpochPager page={page} of="proofs" />}>
      {rows.length === 0 ? (
        <p className="text-sm text-muted">Nothing was committed in these epochs. A node commits after the end of each epoch.</p>
      ) : (
        <DataTable
          caption="Proofs, the latest first"
          rows={rows}
          rowKey={({ epoch }) => epoch}
          columns={[
            { name: "Epoch", cell: ({ epoch }) => epoch.toLocaleString("en") },
            { name: "Slots", isNumber: true, cell: ({ slots }) => <span className="whitespace-nowrap">{`${slots} of ${slotsPerEpoch}`}</span> },
            { name: "Carried", isNumber: true, cell: ({ relayedBytes }) => <span className="whitespace-nowrap">{byteSize(BigInt(relayedBytes))}</span> },
            { name: "Committed", cell: ({ committedAt }) => <span className="whitespace-nowrap">{dateTime(Number(committedAt))}</span> },
            { name: "State", cell: ({ voided, final }) => <Badge tone={voided ? "bad" : final ? "good" : "info"}>{voided ? "void" : final ? "final" : "not final"}</Badge> },
            { name: "CID in IPFS", cell: ({ cid }) => <Address value={cid} /> },
            {
              name: "Verify",
              cell: ({ cid, epoch }) => (
                <Link to="/verify" search={{ cid, node: String(index), epoch: String(epoch) }} className="link whitespace-nowrap">
                  Verify in my browser<span className="sr-only">, epoch {epoch}</span>
                </Link>
              ),
            },
          ]}
        />
      )}
      <p className="mt-3 text-xs text-muted">Carried bytes are the node&apos;s own word: no reward follows from them.</p>
    </Panel>
  );
}
