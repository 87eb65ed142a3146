const TIMEOUT_MS = 3_000;

/** One GraphQL query. @returns undefined while the indexer does not answer. */
export async function queryIndexer<T>(url: string, query: string, variables: Record<string, unknown> = {}): Promise<T | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as { data?: T; errors?: unknown[] };
    return answer.errors === undefined ? answer.data : undefined;
  } catch {
    return undefined;
  }
}
