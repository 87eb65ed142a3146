import { httpPost } from "./httpPost.ts";

const TIMEOUT_MS = 3_000;
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * One GraphQL query. Whatever the answer says comes from a database that may lag or lie: money is moved on the chain's word.
 * @returns undefined while the indexer does not answer, or answers with an error. @throws the signal's reason
 */
export async function queryIndexer<T>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  signal?: AbortSignal,
): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { body } = await httpPost(url, {
      headers: { "Content-Type": "application/json" },
      body: Buffer.from(JSON.stringify({ query, variables })),
      limit: MOST_BYTES,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const answer = JSON.parse(body?.toString() ?? "null") as { data?: T; errors?: unknown[] } | null;
    return answer?.errors === undefined ? answer?.data : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
