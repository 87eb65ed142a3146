import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { Account, Chain, Hex, ReplacementReason, TransactionReceipt, Transport, WalletClient } from "viem";
import { waitForTransactionReceipt, writeContract } from "viem/actions";
import { useConfig, useConnection, usePublicClient } from "wagmi";
import { getWalletClient } from "wagmi/actions";
import type { ContractCall } from "../../../chain/client.ts";
import { getConfig } from "../config.ts";
import { explainError, type Failure } from "./explainError.ts";

/** One transaction of an action, in the order in which they are sent. */
export interface Step {
  /** "Approve exactly 100 X0T". */
  title: string;
  /** What it will do, with exact amounts and whole addresses. */
  effect: ReactNode;
  /** A function where something must be signed first, as a permit. */
  call: ContractCall | ((wallet: WalletClient<Transport, Chain, Account>) => Promise<ContractCall>);
}

/**
 * idle ─run→ signing (in the wallet) ─→ sent ─→ done
 *              └────────→ failed ←────────┘        replaced: another one with the same nonce was mined in its place
 */
export type Stage =
  | { kind: "idle" }
  | { kind: "signing"; step: number }
  | { kind: "sent"; step: number; hash: Hex; sinceMs: number }
  | { kind: "done"; hash: Hex; block: bigint; replaced: ReplacementReason | undefined }
  | { kind: "cancelled"; hash: Hex }
  | { kind: "failed"; step: number; failure: Failure; hash: Hex | undefined };

const MINED_WITHIN_MS = 180_000;

/** Sends the steps one after the other; all queries are asked again after each. */
export function useTransaction(steps: readonly Step[], onDone?: (receipt: TransactionReceipt) => void) {
  const [stage, setStage] = useState<Stage>({ kind: "idle" });
  const wagmi = useConfig();
  const client = usePublicClient();
  const { address } = useConnection();
  const queries = useQueryClient();

  async function run(): Promise<void> {
    const { chainId } = getConfig().contracts;
    let [at, hash, name]: [number, Hex | undefined, string] = [0, undefined, ""];
    try {
      for (const [place, step] of steps.entries()) {
        [at, hash] = [place, undefined];
        setStage({ kind: "signing", step: place });
        if (client === undefined || address === undefined) throw new Error("Connect a wallet first.");
        const wallet = (await getWalletClient(wagmi, { chainId })) as WalletClient<Transport, Chain, Account>;
        const call = typeof step.call === "function" ? await step.call(wallet) : step.call;
        name = call.functionName;
        hash = await writeContract(wallet, { ...call, chain: wallet.chain, account: wallet.account });
        setStage({ kind: "sent", step: place, hash, sinceMs: Date.now() });
        let replaced: ReplacementReason | undefined;
        const receipt = await waitForTransactionReceipt(client, {
          hash,
          timeout: MINED_WITHIN_MS,
          onReplaced: ({ reason, transaction }) => {
            replaced = reason;
            hash = transaction.hash;
          },
        });
        await queries.invalidateQueries();
        if (replaced === "cancelled" || replaced === "replaced") return setStage({ kind: "cancelled", hash: receipt.transactionHash });
        if (receipt.status !== "success") throw new Error("It was mined but reverted: the chain moved in between. Look at the page again, then repeat it.");
        if (place < steps.length - 1) continue;
        setStage({ kind: "done", hash: receipt.transactionHash, block: receipt.blockNumber, replaced });
        onDone?.(receipt);
      }
    } catch (error) {
      setStage({ kind: "failed", step: at, hash, failure: await explainError(error, name) });
    }
  }

  return { stage, run, reset: () => setStage({ kind: "idle" }) };
}
