import { Link } from "@tanstack/react-router";
import { getConfig } from "../../config.ts";
import { Address } from "../../ui/Address.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime } from "../../ui/time.ts";
import { PROOF_CHECKS, type CheckResult, type ProofCheck, type ProofReport, type SlotProof } from "./verifyProof.ts";

const MAX_PROBLEMS = 12;

/** The verdict in words, what exactly was checked, and against whose word. */
export function ReportView({ report, tookMs }: { report: ProofReport; tookMs: number }) {
  const { node, epoch, problems } = report;
  const commit = node === undefined || epoch === undefined ? undefined : `node ${node}'s commit for epoch ${epoch}`;
  return (
    <>
      {report.valid ? (
        <Notice tone="good" title="This proof is true">
          <p>
            {provedText(report)} It is the very bundle that stands behind {commit}, signed by the node itself.
          </p>
        </Notice>
      ) : (
        <Notice tone="bad" title="This proof is false">
          <ul className="list-disc pl-5">
            {problems.slice(0, MAX_PROBLEMS).map((problem) => (
              <li key={problem} className="break-all">
                {problem[0]?.toUpperCase()}
                {problem.slice(1)}
              </li>
            ))}
          </ul>
          {problems.length > MAX_PROBLEMS && <p>And {problems.length - MAX_PROBLEMS} more of the kind.</p>}
        </Notice>
      )}
      <Panel title="What was checked" aside={<span className="text-sm text-muted">in this browser, {(tookMs / 1000).toFixed(1)} s</span>}>
        <dl className="mb-4 grid gap-1 text-sm">
          <div>
            <dt className="inline text-muted">Bytes: </dt>
            <dd className="inline">
              {report.bytes.toLocaleString()}, CID <Address value={report.cid} full />
            </dd>
          </div>
          <div>
            <dt className="inline text-muted">Compared with: </dt>
            <dd className="inline">
              {commit ?? "nothing: the bytes name no commit"}
              {report.block !== undefined && ` as of block ${report.block.number} (${dateTime(report.block.timestamp)}), asked of ${getConfig().rpcUrl}`}.{" "}
              {node !== undefined && (
                <Link to="/nodes/$index" params={{ index: String(node) }} className="link">
                  Node {node}
                </Link>
              )}
            </dd>
          </div>
        </dl>
        <DataTable
          caption="Checks and their results"
          rowKey={(check) => check}
          rows={PROOF_CHECKS}
          columns={[
            { name: "Result", cell: (check) => <Result result={report.checks[check]} /> },
            { name: "Check", cell: (check) => CHECKS[check].what },
            { name: "Against", cell: (check) => CHECKS[check].source },
          ]}
        />
      </Panel>
      {report.slots.length > 0 && (
        <Panel title="Slot by slot">
          <DataTable
            caption="Receipts of each slot"
            rowKey={({ slot }) => slot}
            rows={report.slots}
            columns={[
              { name: "Slot", isNumber: true, cell: ({ slot }) => slot },
              { name: "Committee", isNumber: true, cell: ({ committee }) => committee },
              { name: "Needed", isNumber: true, cell: ({ quorum }) => quorum },
              { name: "Receipts", isNumber: true, cell: ({ receipts }) => receipts },
              { name: "So", cell: slotText },
            ]}
          />
        </Panel>
      )}
    </>
  );
}

function provedText({ slots, receipts }: ProofReport): string {
  const proved = slots.filter(({ isProved }) => isProved).length;
  if (proved === 0) return "It says that the node proved no slot of the epoch.";
  return `${proved} of ${slots.length} slots are proved by ${receipts} ${receipts === 1 ? "receipt" : "receipts"} of other nodes.`;
}

function slotText({ isClaimed, isProved, receipts, quorum }: SlotProof): string {
  if (isProved) return "proved";
  if (isClaimed) return "claimed, but not proved: a challenge could name it";
  return receipts < quorum ? "not claimed: too few witnesses signed" : "not claimed";
}

function Result({ result }: { result: CheckResult }) {
  if (result === "not reached") return <span className="whitespace-nowrap text-muted">· not looked at</span>;
  return result === "holds" ? <span className="font-medium whitespace-nowrap text-good">✓ holds</span> : <span className="font-medium whitespace-nowrap text-bad">✕ fails</span>;
}

const CHECKS: Record<ProofCheck, { what: string; source: string }> = {
  shape: { what: "The bytes are a signed bundle of the known form.", source: "the format, version 1" },
  digest: { what: "Their SHA-256 is the one that the node committed to.", source: "the Committed event of the proof ledger" },
  key: { what: "The signer's key is the node's: its SHA-256 is the node's id.", source: "the node registry" },
  signature: { what: "The post-quantum signature (ML-DSA-65) over the whole bundle is true.", source: "the key in the bundle; computed here by @noble/post-quantum" },
  commit: { what: "Chain, ledger, node, epoch, slots and bytes are those of the commit.", source: "the commit in the proof ledger" },
  root: { what: "The receipts are the very ones committed to: their Merkle root is the same.", source: "the commit in the proof ledger" },
  receipts: { what: "Each receipt is signed by a witness that was drawn for that slot, with its key of that epoch.", source: "seed, stakes and witness keys on chain; signatures recovered here" },
  quorum: { what: "Each slot that the node claims has receipts of more than half of its committee.", source: "the committees, drawn here as the contract draws them" },
  void: { what: "No challenge of the commit was left unanswered.", source: "the proof ledger" },
};
