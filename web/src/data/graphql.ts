import { getConfig } from "../config.ts";

const DEADLINE_MS = 10_000;

/** A query of the indexer failed: no connection, not ready, or refused. */
export class GraphqlError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GraphqlError";
  }
}

/**
 * Asks the indexer. Amounts, timestamps and other BigInt fields come as decimal strings: `BigInt(value)` them.
 * @throws GraphqlError in words for people
 */
export async function askIndexer<Data>(query: string, variables: Record<string, unknown>, signal?: AbortSignal): Promise<Data> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const response = await fetch(getConfig().graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new GraphqlError("The indexer does not answer.", { cause });
  });
  const body = (await response.json().catch(() => undefined)) as { data?: Data; errors?: { message: string }[] } | undefined;
  const [refusal] = body?.errors ?? [];
  if (refusal !== undefined) throw new GraphqlError(`The indexer refused the query: ${refusal.message}`);
  if (!response.ok || body?.data === undefined) throw new GraphqlError(`The indexer answered ${response.status}: it may be starting.`);
  return body.data;
}
