import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { encodeFunctionData, isAddressEqual, type Account, type Address, type Chain, type Hex, type TransactionReceipt, type Transport, type WalletClient } from "viem";
import { simulateContract, writeContract } from "viem/actions";
import { useConfig, useConnection, useClient } from "wagmi";
import { getWalletClient } from "wagmi/actions";
import type { ContractCall } from "../../../chain/client.ts";
import { getConfig } from "../config.ts";
import { explainError, type Failure } from "./explainError.ts";
import { followTransaction, type Fate } from "./followTransaction.ts";
import { rememberSent } from "./sentTransactions.ts";

/** One transaction of an action, in the order in which they are sent. */
export interface Step {
  /** "Approve exactly 100 X0T". */
  title: string;
  /** What it will do, with exact amounts and whole addresses. */
  effect: ReactNode;
  /** A function where something must be signed first, as a permit. */
  call: ContractCall | ((wallet: WalletClient<Transport, Chain, Account>) => Promise<ContractCall>);
  /** Tried before the button is enabled, in place of a `call` that needs a signature first: for a permit the approval and what follows it. */
  trial?: readonly ContractCall[];
}

/**
 * idle ─run→ signing (in the wallet) ─→ sent ─→ done
 *              └────────→ failed ←────────┘ └→ cancelled: another one with the same nonce was mined in its place
 */
export type Stage =
  | { kind: "idle" }
  | { kind: "signing"; step: number }
  /** `trouble`: why it takes long. */
  | { kind: "sent"; step: number; hash: Hex; sinceMs: number; trouble: Trouble | undefined }
  | { kind: "done"; hash: Hex; block: bigint; replaced: "repriced" | undefined }
  /** `by`: an empty transaction of the account to itself, or any other. */
  | { kind: "cancelled"; step: number; by: "cancelled" | "replaced"; hash: Hex | undefined }
  | { kind: "failed"; step: number; failure: Failure; hash: Hex | undefined };

type Trouble = "offline" | "gap" | "late";
type Wallet = WalletClient<Transport, Chain, Account>;

/** Longer than this is long. It is watched on all the same: who sent twice would pay twice. */
const MINED_WITHIN_MS = 180_000;

/** Sends the steps one after the other; all queries are asked again after each. */
export function useTransaction(steps: readonly Step[], onDone?: (receipt: TransactionReceipt) => void) {
  const [stage, setStage] = useState<Stage>({ kind: "idle" });
  // An approval that is mined leaves `steps`: what runs is what was shown when it began.
  const [begun, setBegun] = useState(steps);
  const wagmi = useConfig();
  const client = useClient();
  const { address } = useConnection();
  const queries = useQueryClient();
  // What was sent is remembered: when the page is left, the wallet's dialog goes on watching it.
  const leaving = useRef<AbortController>(undefined);
  useEffect(() => {
    const left = new AbortController();
    leaving.current = left;
    return () => left.abort(new Error("the page was left"));
  }, []);

  async function run(): Promise<void> {
    let [at, hash, name]: [number, Hex | undefined, string] = [0, undefined, ""];
    const signal = leaving.current?.signal ?? new AbortController().signal;
    setBegun(steps);
    try {
      if (client === undefined || address === undefined) throw new Error("Connect a wallet first.");
      for (const [place, step] of steps.entries()) {
        [at, hash] = [place, undefined];
        setStage({ kind: "signing", step: place });
        const wallet = await walletOf(address);
        const call = typeof step.call === "function" ? await step.call(wallet) : step.call;
        name = call.functionName;
        // The chain moved while the user read and signed: better refused here than paid for and reverted.
        await simulateContract(client, { ...call, account: address });
        hash = await writeContract(wallet, { ...call, chain: wallet.chain, account: wallet.account });
        const sinceMs = Date.now();
        const sent = { hash, from: address, title: step.title, chainId: wallet.chain.id, sentAtMs: sinceMs, to: call.address, input: encodeFunctionData(call) };
        rememberSent(sent);
        const show = (trouble: Trouble | undefined) => setStage({ kind: "sent", step: place, hash: sent.hash, sinceMs, trouble });
        show(undefined);
        const fate = await followTransaction(client, sent, {
          timeoutMs: Number.POSITIVE_INFINITY,
          signal,
          onNews: (news) => {
            if (news !== undefined && "nonce" in news && news.nonce !== undefined) rememberSent({ ...sent, nonce: news.nonce });
            show(news === undefined ? "offline" : news.kind === "gap" ? "gap" : Date.now() - sinceMs > MINED_WITHIN_MS ? "late" : undefined);
          },
        });
        rememberSent({ ...sent, isDecided: true });
        await queries.invalidateQueries();
        if (fate.kind === "cancelled" || fate.kind === "replaced") return setStage({ kind: "cancelled", step: place, by: fate.kind, hash: fate.hash });
        if (fate.kind !== "mined") return setStage({ kind: "failed", step: place, hash, failure: unminedFailure(fate) });
        if (place < steps.length - 1) continue;
        const { receipt } = fate;
        setStage({ kind: "done", hash: receipt.transactionHash, block: receipt.blockNumber, replaced: fate.repriced ? "repriced" : undefined });
        onDone?.(receipt);
      }
    } catch (error) {
      if (signal.aborted) return;
      setStage({ kind: "failed", step: at, hash, failure: await explainError(error, name) });
    }
  }

  /** The wallet, if it still is the account whose call was shown and tried. */
  async function walletOf(expected: Address): Promise<Wallet> {
    const wallet = (await getWalletClient(wagmi, { chainId: getConfig().contracts.chainId })) as Wallet;
    if (isAddressEqual(wallet.account.address, expected)) return wallet;
    throw new Error(`The wallet changed to ${wallet.account.address} meanwhile; this was prepared for ${expected}. Nothing more was sent: look at the page again.`);
  }

  return { stage, steps: stage.kind === "idle" ? steps : begun, run, reset: () => setStage({ kind: "idle" }) };
}

function unminedFailure(fate: Fate): Failure {
  if (fate.kind === "reverted") return { kind: "reverted", message: "It was mined but reverted: the chain moved in between. Look at the page again, then repeat it." };
  return { kind: "late", message: "It was sent but is not mined yet. Do not send it again: the wallet's dialog (top right) goes on watching it." };
}
