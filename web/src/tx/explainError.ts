import { BaseError, TransactionNotFoundError, UserRejectedRequestError, WaitForTransactionReceiptTimeoutError } from "viem";
import { X0tError } from "../../../core/x0tError.ts";

/** How a transaction failed, and in a sentence why and what to do. */
export interface Failure {
  kind: "rejected" | "reverted" | "offline" | "late" | "other";
  message: string;
}

const HTTP_ERRORS = new Set(["HttpRequestError", "TimeoutError", "RpcRequestError"]);

/** Any error of viem, a wallet or an action of chain/, for people. */
export async function explainError(error: unknown, functionName: string): Promise<Failure> {
  if (error instanceof X0tError) return { kind: error.code === "X0T_REVERTED" ? "reverted" : "other", message: error.message };
  if (error instanceof BaseError) {
    if (error.walk((cause) => cause instanceof UserRejectedRequestError) !== null) {
      return { kind: "rejected", message: "You rejected it in the wallet. Nothing was sent and nothing was spent." };
    }
    // All ABIs together are large: they are loaded when the first error needs them.
    const { revertOf, revertedError } = await import("../../../core/revert.ts");
    const revert = revertOf(error);
    if (revert !== undefined) return { kind: "reverted", message: revertedError(functionName, revert).message };
    if (error instanceof WaitForTransactionReceiptTimeoutError || error instanceof TransactionNotFoundError) {
      return { kind: "late", message: "It was sent but is not mined yet. Do not send it again: look at the wallet's activity first." };
    }
    if (error.walk((cause) => HTTP_ERRORS.has((cause as Error).name)) !== null) {
      return { kind: "offline", message: "The chain does not answer. Check the connection, then try again: nothing is known to have been sent." };
    }
    return { kind: "other", message: error.shortMessage };
  }
  const code = (error as { code?: number } | null)?.code;
  if (code === 4001) return { kind: "rejected", message: "You rejected it in the wallet. Nothing was sent and nothing was spent." };
  return { kind: "other", message: error instanceof Error ? (error.message.split("\n")[0] ?? error.message) : String(error) };
}
