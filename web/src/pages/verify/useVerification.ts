import { useCallback, useEffect, useRef, useState } from "react";
import { getConfig } from "../../config.ts";
import type { ProofProgress, ProofQuestion, ProofReport } from "./verifyProof.ts";
import type { VerifyMessage, VerifyRequest } from "./verifyWorker.ts";

/** idle ─start→ running ─→ done, or failed: then it is not known whether the proof is true. */
export type Verification =
  | { kind: "idle" }
  | { kind: "running"; progress: ProofProgress }
  | { kind: "done"; report: ProofReport; tookMs: number }
  | { kind: "failed"; message: string }
  | { kind: "cancelled" };

const DEADLINE_MS = 120_000;

/** Runs one verification at a time in a worker of its own, which ends with it. */
export function useVerification() {
  const [state, setState] = useState<Verification>({ kind: "idle" });
  const running = useRef<{ worker: Worker; timer: ReturnType<typeof setTimeout> }>(undefined);

  const stop = useCallback(() => {
    if (running.current === undefined) return;
    clearTimeout(running.current.timer);
    running.current.worker.terminate();
    running.current = undefined;
  }, []);
  useEffect(() => stop, [stop]);

  const start = useCallback(
    (question: ProofQuestion) => {
      stop();
      const worker = new Worker(new URL("./verifyWorker.ts", import.meta.url), { type: "module" });
      const startedMs = performance.now();
      const end = (last: Verification) => {
        if (running.current?.worker !== worker) return;
        stop();
        setState(last);
      };
      const timer = setTimeout(() => end({ kind: "failed", message: `It took longer than ${DEADLINE_MS / 1000} s.` }), DEADLINE_MS);
      running.current = { worker, timer };
      setState({ kind: "running", progress: { step: "fetch", done: 0, total: 1 } });
      worker.onmessage = ({ data }: MessageEvent<VerifyMessage>) => {
        if (data.kind === "progress" && running.current?.worker === worker) setState({ kind: "running", progress: data.progress });
        else if (data.kind === "report") end({ kind: "done", report: data.report, tookMs: performance.now() - startedMs });
        else if (data.kind === "failed") end({ kind: "failed", message: data.message });
      };
      worker.onerror = (event) => end({ kind: "failed", message: `The verifier could not be started: ${event.message || "its file was not served"}.` });
      worker.postMessage(requestOf(question));
    },
    [stop],
  );
  const cancel = useCallback(() => {
    stop();
    setState({ kind: "cancelled" });
  }, [stop]);
  return { state, start, cancel };
}

function requestOf(question: ProofQuestion): VerifyRequest {
  const { contracts, parameters, rpcUrl, ipfsUrl } = getConfig();
  const { NodeRegistry: registry, ProofLedger: ledger } = contracts.contracts;
  const { minWitnesses, slotsPerEpoch } = parameters;
  return { question, source: { rpcUrl, ipfsUrl, chainId: contracts.chainId, registry, ledger, minWitnesses, slotsPerEpoch } };
}
