import { createReader } from "../../../../chain/createReader.ts";
import { verifyProof, type ProofProgress, type ProofQuestion, type ProofReport, type ProofSource } from "./verifyProof.ts";

/** What the page sends once; the worker answers with progress and one end. To cancel is to terminate it. */
export interface VerifyRequest {
  question: ProofQuestion;
  source: ProofSource & { rpcUrl: string };
}

export type VerifyMessage = { kind: "progress"; progress: ProofProgress } | { kind: "report"; report: ProofReport } | { kind: "failed"; message: string };

const send = (message: VerifyMessage) => postMessage(message);

addEventListener("message", (event: MessageEvent<VerifyRequest>) => {
  const { question, source } = event.data;
  const client = createReader({ chainId: source.chainId, rpcUrls: [source.rpcUrl] });
  verifyProof(question, source, client, (progress) => send({ kind: "progress", progress })).then(
    (report) => send({ kind: "report", report }),
    (error: Error & { shortMessage?: string }) => send({ kind: "failed", message: error.shortMessage ?? error.message }),
  );
});
