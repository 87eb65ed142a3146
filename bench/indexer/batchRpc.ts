import { X0tError } from "../../core/x0tError.ts";

const REQUEST_MS = 60_000;

export type BatchRpc = (calls: readonly (readonly [method: string, params: readonly unknown[]])[]) => Promise<unknown[]>;

/** Several calls of a chain's JSON-RPC in one request, in their order. */
export function createBatchRpc(url: string): BatchRpc {
  return async (calls) => {
    const body = JSON.stringify(calls.map(([method, params], id) => ({ jsonrpc: "2.0", id, method, params })));
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(REQUEST_MS) });
    const answers = (await response.json()) as { id: number; result?: unknown; error?: { message: string } }[];
    const results: unknown[] = [];
    for (const { id, result, error } of answers) {
      if (error !== undefined) throw new X0tError("X0T_BENCH_FAILED", `${calls[id]?.[0]}: ${error.message}`);
      results[id] = result;
    }
    return results;
  };
}
