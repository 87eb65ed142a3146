import { createClient, http } from "viem";
import { verifyProof, type ProofProgress, type ProofQuestion, type ProofReport, type ProofSource } from "./verifyProof.ts";

/** What the page sends once; the worker answers with progress and one end. To cancel is to terminate it. */
export interface VerifyRequest {
  question: ProofQuestion;
  source: ProofSource & { rpcUrl: string };
}

export type VerifyMessage = { kind: "progress"; progress: ProofProgress } | { kind: "report"; report: ProofReport } | { kind: "failed"; message: string };

const BATCH = 100;
const RPC_DEADLINE_MS = 15_000;

const send = (message: VerifyMessage) => postMessage(message);

addEventListener("message", (event: MessageEvent<VerifyRequest>) => {
  const { question, source } = event.data;
  // A bare client: actions are functions of their own, those that nobody calls stay out of the worker's file.
  const client = createClient({ transport: http(source.rpcUrl, { batch: { batchSize: BATCH }, timeout: RPC_DEADLINE_MS, retryCount: 1 }) });
  verifyProof(question, source, client, (progress) => send({ kind: "progress", progress })).then(
    (report) => send({ kind: "report", report }),
    (error: Error & { shortMessage?: string }) => send({ kind: "failed", message: error.shortMessage ?? error.message }),
  );
});
