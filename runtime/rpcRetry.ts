import { setTimeout as delay } from "node:timers/promises";
import { BaseError, type Address } from "viem";
import { X0tError } from "../core/x0tError.ts";

const TRIES = 6;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

/** Repeats an RPC request that failed for want of a connection, with growing pauses; anything else is thrown at once. */
export async function withRpcRetry<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      if (attempt === TRIES) throw downError(error);
      await delay(Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS), undefined, { signal });
    }
  }
}

/** viem's class names for requests that got no usable answer. */
const CONNECTION_ERRORS = new Set([
  "HttpRequestError",
  "TimeoutError",
  "WebSocketRequestError",
  "SocketClosedError",
  "LimitExceededRpcError",
  "InternalRpcError",
]);

/** True if no answer of the chain came: the same request may work later. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const found = error.walk((cause) => CONNECTION_ERRORS.has((cause as Error).name));
  if (found === null) return false;
  // Some nodes report a refused transaction as an internal error; that is an answer.
  return (found as Error).name !== "InternalRpcError" || !/nonce|underpriced|insufficient|revert/i.test((found as Error).message);
}

function messageOf(error: unknown): string {
  return error instanceof BaseError ? `${error.message} ${error.details}` : String(error);
}

/** The nonce of this transaction is used already. */
export function isNonceRace(error: unknown): boolean {
  return /nonce too low|nonce is too low|NonceTooLow|lower than the current nonce/i.test(messageOf(error));
}

/** The pool holds this very transaction, or another of its nonce that pays as much. */
export function isUnderpriced(error: unknown): boolean {
  return /underpriced|already known|already imported|known transaction/i.test(messageOf(error));
}

/** What was thrown, as X0T_RPC_DOWN if no answer of the chain came. */
export function translateRpc(error: unknown): unknown {
  return isConnectionError(error) ? downError(error) : error;
}

function downError(cause: unknown): X0tError {
  return new X0tError("X0T_RPC_DOWN", "The chain's RPC endpoint does not answer. Start it (the local network: ./x0t up), or correct rpcUrls or --rpc.", {
    retryable: true,
    cause,
  });
}

/** Translates what viem threw, other than a revert, for the person who runs `account`. */
export function rpcError(error: unknown, account: Address): unknown {
  if (error instanceof X0tError) return error;
  if (isConnectionError(error)) return downError(error);
  if (/insufficient funds|gas required exceeds allowance|exceeds the balance/i.test(messageOf(error))) {
    return new X0tError("X0T_NO_GAS_MONEY", `${account} has too little ETH for gas: send it some.`, {
      retryable: true,
      cause: error,
      data: { account },
    });
  }
  return error;
}
