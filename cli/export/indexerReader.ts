import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { X0tError } from "../../core/x0tError.ts";

const PAGE = 1_000;
const REQUEST_MS = 30_000;
/** An export of an hour must not end with one lost answer. */
const ATTEMPTS = 4;
const RETRY_MS = 500;

const pageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
const metaSchema = z.object({ _meta: z.object({ status: z.record(z.string(), z.object({ block: z.object({ number: z.number(), timestamp: z.number() }) })) }) });

export const wei = z.string().regex(/^\d+$/).transform(BigInt);
export const seconds = z.string().regex(/^\d+$/).transform(Number);
export const count = z.number().int().nonnegative();

/** What a table is asked for: its plural, the columns, conditions, and the order of the rows. */
export interface TableQuery<Row extends z.ZodType> {
  plural: string;
  filter: string;
  columns: string;
  row: Row;
  where: Readonly<Record<string, unknown>>;
  orderBy: string;
}

export type IndexerReader = ReturnType<typeof createIndexerReader>;

/** Reads tables of an indexer whole, page by page. `read` counts rows. @throws X0T_NO_INDEXER */
export function createIndexerReader(url: string, onRows: (count: number) => void) {
  return {
    /** The newest block that it has indexed. */
    async head(): Promise<{ number: number; timestamp: number }> {
      const { _meta } = metaSchema.parse(await ask(url, "{ _meta { status } }", {}));
      const [status] = Object.values(_meta.status);
      if (status === undefined) throw new X0tError("X0T_NO_INDEXER", `The indexer at ${url} has indexed nothing yet. Try again in a moment.`, { retryable: true });
      return status.block;
    },
    async *rows<Row extends z.ZodType>(table: TableQuery<Row>): AsyncGenerator<z.infer<Row>> {
      const { plural, filter, columns, row, where, orderBy } = table;
      const query = `query ($where: ${filter}, $orderBy: String, $after: String) {
        ${plural}(where: $where, orderBy: $orderBy, limit: ${PAGE}, after: $after) { items { ${columns} } pageInfo { hasNextPage endCursor } } }`;
      const schema = z.object({ [plural]: z.object({ items: z.array(row), pageInfo: pageInfoSchema }) });
      for (let after: string | null = null; ; ) {
        const parsed = schema.safeParse(await ask(url, query, { where, orderBy, after }));
        if (!parsed.success) {
          throw new X0tError("X0T_NO_INDEXER", `The indexer at ${url} is not of this release: ${z.prettifyError(parsed.error).split("\n")[0]}.`);
        }
        const page = parsed.data[plural] as { items: z.infer<Row>[]; pageInfo: z.infer<typeof pageInfoSchema> };
        onRows(page.items.length);
        yield* page.items;
        if (!page.pageInfo.hasNextPage || page.pageInfo.endCursor === null) return;
        after = page.pageInfo.endCursor;
      }
    },
  };
}

async function ask(url: string, query: string, variables: Record<string, unknown>): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      const { data, errors } = (await response.json()) as { data?: unknown; errors?: { message: string; extensions?: { code?: string } }[] };
      const [refusal] = errors ?? [];
      if (refusal === undefined && response.ok) return data;
      if (refusal?.extensions?.code === "X0T_INDEXER_BUSY") throw new Error(refusal.message);
      throw new X0tError("X0T_NO_INDEXER", `The indexer at ${url} refused: ${refusal?.message ?? response.status}.`);
    } catch (cause) {
      if (cause instanceof X0tError) throw cause;
      if (attempt === ATTEMPTS) {
        const reason = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
        throw new X0tError("X0T_NO_INDEXER", `The indexer at ${url} does not answer: ${reason}. Is it running?`, { retryable: true, cause });
      }
      await sleep(RETRY_MS * attempt);
    }
  }
}
