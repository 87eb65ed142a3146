import { useEffect, useState } from "react";
import { useFilters } from "../../data/useFilters.ts";
import { Notice } from "../../ui/Notice.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { ReportView } from "./ReportView.tsx";
import { useVerification, type Verification } from "./useVerification.ts";
import { PROOF_STEPS, type ProofProgress, type ProofQuestion } from "./verifyProof.ts";

/** Larger files are not read: a proof is one block of IPFS. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** `?cid=…&node=3&epoch=…` is checked at once; a file of a bundle's bytes may be dropped here. */
export default function VerifyPage() {
  const [search, setSearch] = useFilters();
  const { state, start, cancel } = useVerification();
  const question = questionOf(search);
  useEffect(() => {
    if (question.cid !== undefined) start(question);
    // What the URL says, not the object made of it.
  }, [question.cid, question.node, question.epoch, start]);
  return (
    <>
      <PageTitle title="Verify a proof">
        A node proves each epoch of its uptime by a bundle: receipts that other nodes signed when they saw it relay. This page fetches the bundle from IPFS and checks every
        signature here, in your browser. You need to trust neither the node nor this page&apos;s data: only the chain&apos;s answers, and the code that runs.
      </PageTitle>
      <div className="grid gap-5">
        <AskPanel
          key={question.cid}
          cid={question.cid}
          onCid={(cid) => {
            if (cid === question.cid) start(question);
            else setSearch({ cid, node: undefined, epoch: undefined });
          }}
          onBlock={(block) => start({ block })}
        />
        <StateView state={state} cancel={cancel} />
      </div>
    </>
  );
}

function questionOf(search: Record<string, string | undefined>): ProofQuestion {
  const index = (text: string | undefined) => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined);
  return { cid: search.cid, node: index(search.node), epoch: index(search.epoch) };
}

function AskPanel({ cid, onCid, onBlock }: { cid: string | undefined; onCid: (cid: string) => void; onBlock: (block: Uint8Array) => void }) {
  const [text, setText] = useState(cid ?? "");
  const [problem, setProblem] = useState<string>();
  const [isOver, setIsOver] = useState(false);
  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > MAX_FILE_BYTES) return setProblem(`${file.name} has ${file.size.toLocaleString()} bytes: no proof is that large.`);
    setProblem(undefined);
    onBlock(new Uint8Array(await file.arrayBuffer()));
  };
  return (
    <Panel title="Which proof">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") onCid(text.trim());
        }}
      >
        <label className="min-w-0 flex-1 basis-72 text-sm">
          Its CID: the address of the bundle in IPFS, as the node&apos;s page lists it
          <input className="input mt-1 font-mono" value={text} onChange={(event) => setText(event.target.value)} placeholder="bafyrei…" autoComplete="off" spellCheck={false} />
        </label>
        <button type="submit" className="button-primary" disabled={text.trim() === ""}>
          Verify
        </button>
      </form>
      <div
        className={`mt-4 rounded-lg border border-dashed px-4 py-3 text-sm ${isOver ? "border-accent bg-raised" : "border-line"}`}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          void read(event.dataTransfer.files[0]);
        }}
      >
        <label>
          Or a file with the bundle&apos;s bytes: drop it here, or choose it. It stays on this machine.
          <input type="file" className="mt-2 block max-w-full text-sm" onChange={(event) => void read(event.target.files?.[0])} />
        </label>
        {problem !== undefined && (
          <p role="alert" className="mt-2 text-bad">
            {problem}
          </p>
        )}
      </div>
    </Panel>
  );
}

function StateView({ state, cancel }: { state: Verification; cancel: () => void }) {
  if (state.kind === "idle") return null;
  if (state.kind === "running") return <ProgressView progress={state.progress} cancel={cancel} />;
  if (state.kind === "cancelled") return <Notice tone="info" title="Cancelled">Whether the proof is true is not known.</Notice>;
  if (state.kind === "failed") {
    return (
      <Notice tone="warn" title="It could not be checked">
        {state.message} Whether the proof is true is not known: try again when it can be had.
      </Notice>
    );
  }
  return <ReportView report={state.report} tookMs={state.tookMs} />;
}

const STEP_NAMES: Record<ProofProgress["step"], string> = {
  fetch: "Fetch the bundle from IPFS",
  chain: "Read the commit, the committees and the witnesses' keys from the chain",
  signature: "Check the node's ML-DSA-65 signature",
  receipts: "Check who signed each receipt",
  void: "Ask whether a challenge made the commit void",
};

function ProgressView({ progress, cancel }: { progress: ProofProgress; cancel: () => void }) {
  const at = PROOF_STEPS.indexOf(progress.step);
  const share = (at + progress.done / progress.total) / PROOF_STEPS.length;
  return (
    <Panel
      title="Checking"
      aside={
        <button type="button" className="button" onClick={cancel}>
          Cancel
        </button>
      }
    >
      <progress className="h-2 w-full accent-accent" value={share} max={1} aria-label="Verification" />
      <ol className="mt-3 grid gap-1 text-sm">
        {PROOF_STEPS.map((step, place) => (
          <li key={step} className={place > at ? "text-muted" : ""} aria-current={place === at ? "step" : undefined}>
            <span aria-hidden="true">{place < at ? "✓ " : place === at ? "▸ " : "· "}</span>
            {STEP_NAMES[step]}
            {place === at && step === "receipts" && `: ${progress.done} of ${progress.total}`}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
