import { TransactionNotFoundError, TransactionReceiptNotFoundError, type Address, type Hex, type TransactionReceipt, type Transaction } from "viem";
import { getBlock, getBlockNumber, getTransaction, getTransactionCount, getTransactionReceipt } from "viem/actions";
import type { Reader } from "../../../chain/client.ts";

/** How many blocks are searched for what took a transaction's nonce. */
const SEARCHED_BLOCKS = 30n;
const POLL_MS = 1_000;

/** A transaction that this page sent. */
export interface Sent {
  hash: Hex;
  from: Address;
  /** As the node knows it; undefined until it told. */
  nonce?: number | undefined;
  /** What it calls: nodes forget a transaction that was replaced. */
  to?: Address;
  input?: Hex;
}

/**
 * What became of it, each told apart: mined or reverted, itself or as `repriced` (the same call with another fee); cancelled
 * (the account sent nothing to itself with the same nonce) or replaced (something else with it); gap: it waits for nonces
 * before it, as after a devnet was made anew; unknown: the node never heard of it, or dropped it.
 */
export type Fate =
  | { kind: "mined" | "reverted"; receipt: TransactionReceipt; repriced: boolean }
  | { kind: "cancelled" | "replaced"; hash: Hex | undefined }
  | { kind: "pending" | "unknown"; nonce: number | undefined }
  | { kind: "gap"; nonce: number; next: number };

/** Asks once. @throws what viem throws while the chain does not answer */
export async function readFate(client: Reader, sent: Sent, original?: Transaction): Promise<Fate> {
  const receipt = await receiptOf(client, sent.hash);
  if (receipt !== undefined) return ended(receipt, false);
  const known = await transactionOf(client, sent.hash);
  const nonce = known?.nonce ?? sent.nonce ?? original?.nonce;
  if (nonce === undefined) return { kind: "unknown", nonce };
  const next = await getTransactionCount(client, { address: sent.from, blockTag: "latest" });
  if (next < nonce) {
    // One before it may just be slow.
    const queued = await getTransactionCount(client, { address: sent.from, blockTag: "pending" });
    return queued < nonce ? { kind: "gap", nonce, next: queued } : { kind: "pending", nonce };
  }
  if (next === nonce) return { kind: known === undefined ? "unknown" : "pending", nonce };
  // It may have been mined itself since it was asked for first.
  const late = await receiptOf(client, sent.hash);
  if (late !== undefined) return ended(late, false);
  const other = await findByNonce(client, sent.from, nonce);
  // Too long ago, or an endpoint that lags: what is not found is not known.
  if (other === undefined) return { kind: "unknown", nonce };
  if (other.hash === sent.hash) return { kind: "pending", nonce };
  const first = known ?? original ?? (sent.to === undefined ? undefined : { to: sent.to, value: 0n, input: sent.input });
  if (first !== undefined && other.to?.toLowerCase() === first.to?.toLowerCase() && other.value === first.value && other.input === first.input) {
    const repriced = await receiptOf(client, other.hash);
    return repriced === undefined ? { kind: "pending", nonce } : ended(repriced, true);
  }
  return { kind: other.to?.toLowerCase() === sent.from.toLowerCase() && other.value === 0n && other.input === "0x" ? "cancelled" : "replaced", hash: other.hash };
}

/**
 * Waits until it is decided, through lost connections too.
 * @param options.onNews what is known meanwhile; undefined while the chain does not answer.
 * @returns pending, gap or unknown only at the deadline. @throws the signal's reason
 */
export async function followTransaction(
  client: Reader,
  sent: Sent,
  options: { timeoutMs: number; signal: AbortSignal; pollMs?: number; onNews?: (fate: Fate | undefined) => void },
): Promise<Fate> {
  const deadline = performance.now() + options.timeoutMs;
  let fate: Fate = { kind: "unknown", nonce: sent.nonce };
  let original: Transaction | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      // Once it is replaced, nodes forget what it was.
      original ??= await transactionOf(client, sent.hash);
      fate = await readFate(client, sent, original);
      options.onNews?.(fate);
      if (isDecided(fate)) return fate;
    } catch {
      options.onNews?.(undefined);
    }
    if (performance.now() > deadline) return fate;
    await pause(options.pollMs ?? POLL_MS, options.signal);
  }
}

export function isDecided(fate: Fate): boolean {
  return fate.kind === "mined" || fate.kind === "reverted" || fate.kind === "cancelled" || fate.kind === "replaced";
}

function ended(receipt: TransactionReceipt, repriced: boolean): Fate {
  return { kind: receipt.status === "success" ? "mined" : "reverted", receipt, repriced };
}

async function receiptOf(client: Reader, hash: Hex): Promise<TransactionReceipt | undefined> {
  try {
    return await getTransactionReceipt(client, { hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

async function transactionOf(client: Reader, hash: Hex): Promise<Transaction | undefined> {
  try {
    return (await getTransaction(client, { hash })) as Transaction;
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return undefined;
    throw error;
  }
}

async function findByNonce(client: Reader, from: Address, nonce: number): Promise<Transaction | undefined> {
  const head = await getBlockNumber(client, { cacheTime: 0 });
  for (let number = head; number >= 0n && head - number < SEARCHED_BLOCKS; number--) {
    const { transactions } = await getBlock(client, { blockNumber: number, includeTransactions: true });
    const found = transactions.find((each) => each.from.toLowerCase() === from.toLowerCase() && each.nonce === nonce);
    if (found !== undefined) return found as Transaction;
  }
  return undefined;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
