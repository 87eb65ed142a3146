import type { TransactionReceipt } from "viem";
import { useConnection } from "wagmi";
import type { ContractCall } from "../../../chain/client.ts";
import { getConfig } from "../config.ts";
import { Notice } from "../ui/Notice.tsx";
import { Address } from "../ui/Address.tsx";
import { useSimulation, type Simulation } from "./useSimulation.ts";
import { useTransaction, type Stage, type Step } from "./useTransaction.ts";
import { useUndecided } from "./useUndecided.ts";

interface Props {
  /** The button's text: "Stake 100 X0T". */
  action: string;
  /** What will be sent, in order; empty while the form is not filled in. */
  steps: readonly Step[];
  /** Why it cannot be sent, as far as the page knows without asking the chain. */
  blocked?: string | undefined;
  isDanger?: boolean;
  onDone?: (receipt: TransactionReceipt) => void;
}

/** Says what will be sent, tries it on the chain, enables the button if it passes, and tells what became of it. */
export function TransactionPanel({ action, steps: asked, blocked, isDanger = false, onDone }: Props) {
  const { address, chainId } = useConnection();
  const { stage, steps, run, reset } = useTransaction(asked, onDone);
  const [first] = steps;
  // What ended is read and put away first: the list shows what was sent, the button would send what the form says now.
  const isIdle = stage.kind === "idle";
  const trial = useSimulation(isIdle ? callsOf(steps) : []);
  const undecided = useUndecided(address, isIdle ? first?.title : undefined);
  const why = reasonOf({ isConnected: address !== undefined, isWrongChain: chainId !== getConfig().contracts.chainId, isEmpty: first === undefined, blocked: blocked ?? undecided, trial });
  return (
    <div className="grid grid-cols-1 gap-3">
      {steps.length > 0 && (
        <ol className="grid gap-2 text-sm">
          {steps.map((step, place) => (
            <li key={step.title} className="rounded-lg bg-raised px-3 py-2">
              <p className="font-medium">
                {steps.length > 1 && `${place + 1}. `}
                {step.title} <StepSign stage={stage} place={place} />
              </p>
              <div className="wrap-anywhere text-muted">{step.effect}</div>
            </li>
          ))}
        </ol>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <button type="button" className={isDanger ? "button-danger" : "button-primary"} disabled={why !== undefined || !isIdle} onClick={() => void run()}>
          {action}
        </button>
        {isIdle && why !== undefined && <p className="min-w-0 flex-1 basis-48 text-sm text-muted">{why}</p>}
      </div>
      <StageView stage={stage} steps={steps} reset={reset} />
    </div>
  );
}

/** What can be tried before anything is signed: the calls up to the first that a signature is part of. */
function callsOf(steps: readonly Step[]): readonly ContractCall[] {
  const calls: ContractCall[] = [];
  for (const { call, trial } of steps) {
    if (trial !== undefined) calls.push(...trial);
    else if (typeof call === "function") break;
    else calls.push(call);
  }
  return calls;
}

function reasonOf(facts: { isConnected: boolean; isWrongChain: boolean; isEmpty: boolean; blocked: string | undefined; trial: Simulation }): string | undefined {
  if (!facts.isConnected) return "Connect a wallet first.";
  if (facts.isWrongChain) return `Switch the wallet to ${getConfig().name} first.`;
  if (facts.blocked !== undefined) return facts.blocked;
  if (facts.isEmpty) return "Fill in the form first.";
  if (facts.trial.state === "refused") return facts.trial.why;
  return facts.trial.state === "asking" ? "Trying it on the chain …" : undefined;
}

function StepSign({ stage, place }: { stage: Stage; place: number }) {
  if (stage.kind === "done") return <span className="text-good">· mined</span>;
  if (stage.kind === "idle") return null;
  if (place < stage.step) return <span className="text-good">· mined</span>;
  if (place > stage.step) return null;
  return <span className="text-muted">· {{ signing: "confirm it in the wallet", sent: "sent", failed: "failed", cancelled: "not done" }[stage.kind]}</span>;
}

function StageView({ stage, steps, reset }: { stage: Stage; steps: readonly Step[]; reset: () => void }) {
  if (stage.kind === "idle") return null;
  if (stage.kind === "signing") return <Notice tone="info" title="Waiting for your wallet">Read and confirm “{steps[stage.step]?.title}” there. Nothing is sent yet.</Notice>;
  if (stage.kind === "sent") {
    return (
      <Notice tone="info" title="Sent, waiting until it is mined">
        <Transaction hash={stage.hash} />
        {stage.trouble !== undefined && <p>{TROUBLES[stage.trouble]}</p>}
      </Notice>
    );
  }
  const again = (
    <button type="button" className="button" onClick={reset}>
      {stage.kind === "failed" ? "Try again" : "Close"}
    </button>
  );
  if (stage.kind === "done") {
    return (
      <Notice tone="good" title={`Mined in block ${stage.block}${stage.replaced === "repriced" ? ", at the higher fee you chose" : ""}`} action={again}>
        <Transaction hash={stage.hash} />
      </Notice>
    );
  }
  if (stage.kind === "cancelled") {
    return (
      <Notice
        tone="warn"
        title={stage.by === "cancelled" ? "Cancelled in your wallet: an empty transaction took its place" : "Replaced: your wallet sent another transaction in its place"}
        action={again}
      >
        <p>“{steps[stage.step]?.title}” was not done.</p>
        {stage.hash !== undefined && <Transaction hash={stage.hash} />}
      </Notice>
    );
  }
  const title = { rejected: "Rejected in the wallet", reverted: "The contract refused it", offline: "The chain does not answer", late: "Not mined yet", other: "It failed" }[stage.failure.kind];
  return (
    <Notice tone={stage.failure.kind === "rejected" ? "warn" : "bad"} title={title} action={again}>
      <p>{stage.failure.message}</p>
      {stage.hash !== undefined && <Transaction hash={stage.hash} />}
    </Notice>
  );
}

const TROUBLES = {
  offline: "The chain does not answer just now; it is asked again every second.",
  gap: "It waits for transactions before it that this chain does not know, as after a devnet was made anew: then clear the wallet's activity data for this network.",
  late: "It is not mined yet, which is long. Do not send it again: it is watched as long as this page is open, and in the wallet's dialog (top right). A wallet can speed it up or cancel it.",
};

function Transaction({ hash }: { hash: string }) {
  const { explorerUrl } = getConfig();
  return (
    <p>
      Transaction <Address value={hash} />{" "}
      {explorerUrl !== null && (
        <a className="link" href={`${explorerUrl}/tx/${hash}`} target="_blank" rel="noreferrer">
          in the explorer
        </a>
      )}
    </p>
  );
}
