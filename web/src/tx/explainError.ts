import { BaseError, UserRejectedRequestError } from "viem";
import { X0tError } from "../../../core/x0tError.ts";

/** How a transaction failed, and in a sentence why and what to do. */
export interface Failure {
  kind: "rejected" | "reverted" | "offline" | "late" | "other";
  message: string;
}

const REJECTED: Failure = { kind: "rejected", message: "You rejected it in the wallet. Nothing was sent and nothing was spent." };
const HTTP_ERRORS = new Set(["HttpRequestError", "TimeoutError", "RpcRequestError", "WebSocketRequestError", "SocketClosedError"]);

/** What nodes and wallets refuse before any contract is asked, by the names of viem's and wagmi's errors. */
const BY_NAME: Record<string, string> = {
  InsufficientFundsError: "The account has too little of the chain's coin (ETH) for the fee: send it some, or ask the faucet of a devnet.",
  NonceTooLowError: "The wallet used a number (nonce) that is taken already: wait until its other transactions are mined, then try again.",
  NonceTooHighError:
    "The wallet counts more transactions (nonce) than this chain knows of, as after a devnet was made anew: clear the wallet's activity data for this network, then try again.",
  NonceMaxValueError: "The wallet's transaction number (nonce) is out of range: clear its activity data for this network.",
  FeeCapTooLowError: "The fee offered is below what the chain asks now: try again with a higher one.",
  FeeCapTooHighError: "The fee offered is impossibly high: check it in the wallet.",
  TipAboveFeeCapError: "The tip is higher than the whole fee allows: check it in the wallet.",
  IntrinsicGasTooLowError: "The gas limit is too low: let the wallet choose it.",
  IntrinsicGasTooHighError: "The gas limit is higher than a block allows: let the wallet choose it.",
  ChainMismatchError: "The wallet changed to another network: switch it back, then try again.",
  ConnectorChainMismatchError: "The wallet is on another network: switch it, then try again.",
  ConnectorAccountNotFoundError: "The wallet no longer gives this account to the page: it was changed or locked. Connect it again.",
  ConnectorNotConnectedError: "The wallet is not connected: connect it again.",
  ConnectorUnavailableReconnectingError: "The wallet is still being connected again: wait a moment, then try again.",
  ProviderNotFoundError: "The wallet is gone: is its extension switched off?",
  UnauthorizedProviderError: "The wallet does not let this page use the account: it was changed or locked. Unlock it, connect again, and look at the page once more.",
  ResourceUnavailableRpcError: "The wallet already waits for your answer to another request: open it.",
  ProviderDisconnectedError: "The wallet has no connection to any network: look there.",
  ChainDisconnectedError: "The wallet has no connection to this network: check the RPC address that it uses.",
  MethodNotFoundRpcError: "The wallet cannot do this.",
  UnsupportedProviderMethodError: "The wallet cannot do this.",
};

/** The same by the codes of EIP-1193 and EIP-1474, for wallets whose errors viem does not know. */
const BY_CODE: Record<number, string | Failure> = {
  4001: REJECTED,
  4100: BY_NAME.UnauthorizedProviderError as string,
  4900: BY_NAME.ProviderDisconnectedError as string,
  4901: BY_NAME.ChainDisconnectedError as string,
  4902: "The wallet does not know this network: add it there.",
  [-32002]: BY_NAME.ResourceUnavailableRpcError as string,
};

/** Any error of viem, a wallet or an action of chain/, for people. */
export async function explainError(error: unknown, functionName: string): Promise<Failure> {
  if (error instanceof X0tError) return { kind: error.code === "X0T_REVERTED" ? "reverted" : "other", message: error.message };
  if (error instanceof BaseError) {
    if (error.walk((cause) => cause instanceof UserRejectedRequestError) !== null) return REJECTED;
    // All ABIs together are large: they are loaded when the first error needs them.
    const { revertHint, revertOf, revertedError } = await import("../../../core/revert.ts");
    const revert = revertOf(error);
    if (revert !== undefined) {
      const hint = revertHint(revert);
      return { kind: "reverted", message: hint === undefined ? revertedError(functionName, revert).message : `${hint} (${revert.name})` };
    }
  }
  const known = knownCause(error);
  if (known !== undefined) return known;
  if (error instanceof BaseError) {
    if (error.walk((cause) => HTTP_ERRORS.has((cause as Error).name)) !== null) {
      return { kind: "offline", message: "The chain does not answer. Check the connection, then try again: nothing is known to have been sent." };
    }
    return { kind: "other", message: error.shortMessage };
  }
  return { kind: "other", message: error instanceof Error ? (error.message.split("\n")[0] ?? error.message) : String(error) };
}

/** Down the chain of causes: the deepest known one says most. */
function knownCause(error: unknown): Failure | undefined {
  let found: Failure | undefined;
  for (let each = error as { name?: string; code?: unknown; cause?: unknown } | null | undefined, depth = 0; each != null && depth < 10; each = each.cause as typeof each, depth++) {
    const said = BY_NAME[each.name ?? ""] ?? (typeof each.code === "number" ? BY_CODE[each.code] : undefined);
    if (said !== undefined) found = typeof said === "string" ? { kind: "other", message: said } : said;
  }
  return found;
}
