import { setTimeout as delay } from "node:timers/promises";
import type { Address, TransactionReceipt } from "viem";
import { getTransactionCount } from "viem/actions";
import { X0tError } from "../core/x0tError.ts";
import { withRpcRetry } from "./rpcRetry.ts";
import { sendUntilMined, simulate, type ContractCall, type Reader, type TxDeps, type TxQueueLimits } from "./txAttempt.ts";

export const DEFAULT_TX_LIMITS: TxQueueLimits = {
  capacity: 64,
  timeoutMs: 180_000,
  bumpAfterMs: 30_000,
  pollMs: 250,
  receiptGraceMs: 3_000,
  maxFeePerGasWei: 100_000_000_000n,
};

/** A `TxSender` of chain/ over one local account; one queue per account and process. */
export interface TxQueue {
  account: Address;
  client: Reader;
  /**
   * Waits its turn, simulates, sends and waits for the receipt.
   * @throws X0T_REVERTED, X0T_RPC_DOWN, X0T_FEE_CAP, X0T_NO_GAS_MONEY, X0T_TX_TIMEOUT, X0T_TX_QUEUE_FULL
   */
  send(call: ContractCall, signal?: AbortSignal): Promise<TransactionReceipt>;
  waiting(): number;
  /** Refuses new calls and ends those that wait; a transaction already sent stays sent. */
  close(): void;
}

/**
 * Transactions of one account, one at a time: the next begins when the previous has its receipt. Nonces come from the
 * chain before each one, so that another process with the same key, or this one before a crash, only delays it.
 *
 *   turn → settle (older transactions of the account) → simulate → price → sign → send ⇄ wait, bump → receipt
 *                                     ↑____________________ nonce taken by another ________|
 */
export function createTxQueue(deps: TxDeps): TxQueue {
  const limits = { ...DEFAULT_TX_LIMITS, ...deps.limits };
  const closed = new AbortController();
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  return {
    account: deps.account.address,
    client: deps.client,
    waiting: () => waiting,
    send(call, signal) {
      if (waiting >= limits.capacity) {
        return Promise.reject(
          new X0tError("X0T_TX_QUEUE_FULL", `${waiting} transactions of ${deps.account.address} wait already. Try later.`, { retryable: true }),
        );
      }
      waiting++;
      const signals = signal === undefined ? [closed.signal] : [closed.signal, signal];
      const result = tail.then(() => execute(deps, limits, call, signals));
      tail = result.catch(() => undefined).finally(() => waiting--);
      return result;
    },
    close: () => closed.abort(new X0tError("X0T_TX_QUEUE_CLOSED", "The transaction queue was closed.", { retryable: true })),
  };
}

async function execute(deps: TxDeps, limits: TxQueueLimits, call: ContractCall, signals: AbortSignal[]) {
  for (const signal of signals) signal.throwIfAborted();
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const signal = AbortSignal.any([...signals, deadline]);
  const startedMs = performance.now();
  try {
    const receipt = await attempts(deps, limits, call, signal);
    deps.metrics?.observe("mined", (performance.now() - startedMs) / 1000);
    return receipt;
  } catch (error) {
    deps.metrics?.observe(error instanceof X0tError && error.code === "X0T_REVERTED" ? "reverted" : "failed", (performance.now() - startedMs) / 1000);
    for (const cancelled of signals) cancelled.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new X0tError(
      "X0T_TX_TIMEOUT",
      `${call.functionName} was not mined in ${limits.timeoutMs / 1000} s. It may still be: check the chain before repeating it.`,
      { retryable: true, cause: error, data: { functionName: call.functionName } },
    );
  }
}

/** How often a nonce may turn out to be another transaction's before the call fails. */
const NONCE_RACES = 5;

async function attempts(deps: TxDeps, limits: TxQueueLimits, call: ContractCall, signal: AbortSignal) {
  const { log } = deps;
  for (let race = 0; race < NONCE_RACES; race++) {
    const nonce = await settle(deps, limits, signal);
    const gas = await simulate(deps, call, signal);
    const receipt = await sendUntilMined(deps, limits, { call, nonce, gas }, signal);
    if (receipt?.status === "success") {
      log.debug({ functionName: call.functionName, hash: receipt.transactionHash, gasUsed: receipt.gasUsed.toString() }, "mined");
      return receipt;
    }
    // Mined but reverted: the chain moved between simulation and mining. The next simulation names the reason.
    log.debug({ functionName: call.functionName, nonce, reverted: receipt !== undefined }, "nonce taken or reverted, trying again");
  }
  throw new X0tError(
    "X0T_TX_RACE",
    `${call.functionName}: other transactions of ${deps.account.address} came first ${NONCE_RACES} times. Let one process use this key at a time.`,
    { retryable: true, data: { functionName: call.functionName } },
  );
}

/**
 * Waits for older transactions of the account that still wait in the pool, so that simulation sees what they do.
 * @returns the next nonce: if they do not move, the oldest waiting one, which ours then replaces.
 */
async function settle(deps: TxDeps, limits: TxQueueLimits, signal: AbortSignal): Promise<number> {
  const { client, account } = deps;
  const patienceMs = performance.now() + limits.bumpAfterMs;
  for (;;) {
    const [latest, pending] = await withRpcRetry(signal, () =>
      Promise.all([
        getTransactionCount(client, { address: account.address, blockTag: "latest" }),
        getTransactionCount(client, { address: account.address, blockTag: "pending" }),
      ]),
    );
    if (pending <= latest || performance.now() > patienceMs) return latest;
    await delay(limits.pollMs, undefined, { signal });
  }
}
