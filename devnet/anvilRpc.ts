import { X0tError } from "../core/x0tError.ts";

/** One JSON-RPC call. @throws X0T_RPC_DOWN, X0T_RPC_ERROR */
export async function rpcCall<T>(url: string, method: string, params: readonly unknown[], signal: AbortSignal): Promise<T> {
  let answer: { result?: T; error?: { message?: string } };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal,
    });
    answer = (await response.json()) as typeof answer;
  } catch (cause) {
    signal.throwIfAborted();
    throw new X0tError("X0T_RPC_DOWN", `The chain at ${url} does not answer ${method}.`, { retryable: true, cause });
  }
  if (answer.error !== undefined) {
    throw new X0tError("X0T_RPC_ERROR", `The chain at ${url} refused ${method}: ${answer.error.message ?? "no reason given"}.`);
  }
  return answer.result as T;
}
