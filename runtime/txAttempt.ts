import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  encodeFunctionData,
  keccak256,
  type Abi,
  type Account,
  type Address,
  type Chain,
  type Client,
  type Hex,
  type LocalAccount,
  type TransactionReceipt,
  type Transport,
} from "viem";
import {
  estimateFeesPerGas,
  estimateGas,
  getTransactionCount,
  getTransactionReceipt,
  sendRawTransaction,
  simulateContract,
} from "viem/actions";
import { revertedError, revertOf } from "../core/revert.ts";
import { X0tError } from "../core/x0tError.ts";
import type { Logger } from "./logger.ts";
import { isNonceRace, isUnderpriced, rpcError, withRpcRetry } from "./rpcRetry.ts";
import type { TxMetrics } from "./txMetrics.ts";

export type Reader = Client<Transport, Chain | undefined, Account | undefined>;

/** One call of a contract (the shape of chain/client.ts). */
export interface ContractCall {
  address: Address;
  abi: Abi;
  functionName: string;
  args: readonly unknown[];
}

export interface TxQueueLimits {
  /** Calls that may wait; more are refused with X0T_TX_QUEUE_FULL. */
  capacity: number;
  /** From a call's turn to its receipt. */
  timeoutMs: number;
  /** Without a receipt for so long, the same transaction goes out again with a higher fee. */
  bumpAfterMs: number;
  pollMs: number;
  /** How long a receipt is looked for after its nonce was used: endpoints of one provider may lag behind each other. */
  receiptGraceMs: number;
  /** Most that one gas may cost, in wei. */
  maxFeePerGasWei: bigint;
}

/** What one transaction needs. */
export interface TxDeps {
  client: Reader;
  account: LocalAccount;
  chainId: number;
  log: Logger;
  limits?: Partial<TxQueueLimits>;
  metrics?: TxMetrics;
}

/** What the ledger's first call in an epoch writes beside its own work, the seed, and some more: unused gas is not paid. */
const SPARE_GAS = 120_000n;

/**
 * @returns the gas limit: what it needs now, a fifth more and the spare, since state may move before it is mined; and a
 * random little, so that no two processes ever make the same transaction and each take its receipt for their own.
 */
export async function simulate(deps: TxDeps, call: ContractCall, signal: AbortSignal): Promise<bigint> {
  const { client, account } = deps;
  try {
    return await withRpcRetry(signal, async () => {
      await simulateContract(client, { ...call, account: account.address });
      const gas = await estimateGas(client, { account: account.address, to: call.address, data: encodeFunctionData(call) });
      return gas + gas / 5n + SPARE_GAS + BigInt(randomInt(10_000));
    });
  } catch (error) {
    const revert = revertOf(error);
    throw revert === undefined ? rpcError(error, account.address) : revertedError(call.functionName, revert, error);
  }
}

interface Prepared {
  call: ContractCall;
  nonce: number;
  gas: bigint;
}

/** @returns undefined if another transaction took the nonce. */
export async function sendUntilMined(deps: TxDeps, limits: TxQueueLimits, prepared: Prepared, signal: AbortSignal) {
  const hashes: Hex[] = [];
  let fees = await price(deps, limits, signal);
  for (;;) {
    const { hash, raw } = await sign(deps, prepared, fees);
    hashes.push(hash);
    await broadcast(deps, raw, signal);
    const receipt = await waitMined(deps, limits, { hashes, nonce: prepared.nonce }, signal);
    if (receipt !== "late") return receipt;
    const higher = { maxFeePerGas: bumped(fees.maxFeePerGas), maxPriorityFeePerGas: bumped(fees.maxPriorityFeePerGas) };
    if (higher.maxFeePerGas > limits.maxFeePerGasWei) continue;
    fees = higher;
    deps.log.warn({ functionName: prepared.call.functionName, nonce: prepared.nonce, attempt: hashes.length }, "transaction is slow, raising its fee");
  }
}

/** Pools accept a replacement that pays at least a tenth more. */
function bumped(fee: bigint): bigint {
  return (fee * 5n) / 4n + 1n;
}

async function price(deps: TxDeps, limits: TxQueueLimits, signal: AbortSignal) {
  const { maxFeePerGas, maxPriorityFeePerGas } = await withRpcRetry(signal, () =>
    estimateFeesPerGas(deps.client, { chain: deps.client.chain, type: "eip1559" }),
  );
  if (maxFeePerGas <= limits.maxFeePerGasWei) return { maxFeePerGas, maxPriorityFeePerGas };
  throw new X0tError(
    "X0T_FEE_CAP",
    `Gas costs ${maxFeePerGas} wei now, above the cap of ${limits.maxFeePerGasWei} wei. It is tried again later; raise the cap to pay more.`,
    { retryable: true, data: { maxFeePerGas, cap: limits.maxFeePerGasWei } },
  );
}

async function sign(
  deps: TxDeps,
  { call, nonce, gas }: Prepared,
  fees: { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint },
): Promise<{ hash: Hex; raw: Hex }> {
  const raw = await deps.account.signTransaction({
    type: "eip1559",
    chainId: deps.chainId,
    to: call.address,
    data: encodeFunctionData(call),
    nonce,
    gas,
    ...fees,
  });
  return { hash: keccak256(raw), raw };
}

/**
 * The hash is known before sending: whatever becomes of the answer, the chain tells what became of the transaction.
 * "Nonce too low" may mean that this very one was mined after an answer got lost, so it is no reason to send another.
 */
async function broadcast(deps: TxDeps, raw: Hex, signal: AbortSignal): Promise<void> {
  try {
    await withRpcRetry(signal, () => sendRawTransaction(deps.client, { serializedTransaction: raw }));
  } catch (error) {
    if (!isNonceRace(error) && !isUnderpriced(error)) throw rpcError(error, deps.account.address);
  }
}

async function waitMined(
  deps: TxDeps,
  limits: TxQueueLimits,
  sent: { hashes: readonly Hex[]; nonce: number },
  signal: AbortSignal,
): Promise<TransactionReceipt | undefined | "late"> {
  const bumpAtMs = performance.now() + limits.bumpAfterMs;
  let usedSinceMs: number | undefined;
  for (;;) {
    const now = performance.now();
    // Count first: a receipt that stays absent although the nonce is used means that another transaction used it.
    const used = await withRpcRetry(signal, () =>
      getTransactionCount(deps.client, { address: deps.account.address, blockTag: "latest" }),
    );
    for (const hash of new Set(sent.hashes)) {
      const receipt = await withRpcRetry(signal, () => findReceipt(deps.client, hash));
      if (receipt !== undefined) return receipt;
    }
    if (used > sent.nonce) {
      usedSinceMs ??= now;
      if (now - usedSinceMs > limits.receiptGraceMs) return undefined;
    } else if (now > bumpAtMs) {
      return "late";
    }
    await delay(limits.pollMs, undefined, { signal });
  }
}

async function findReceipt(client: Reader, hash: Hex): Promise<TransactionReceipt | undefined> {
  try {
    return await getTransactionReceipt(client, { hash });
  } catch (error) {
    if (error instanceof Error && error.name === "TransactionReceiptNotFoundError") return undefined;
    throw error;
  }
}
