import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { X0tError } from "../../core/x0tError.ts";
import { queryIndexer } from "../../runtime/queryIndexer.ts";

/** What the indexer gives at most for one question. */
const PAGE = 1_000;
const TRIES = 4;
const RETRY_MS = 500;
/** How often a block is waited for that stays the newest while a question is answered. */
const STILL_TRIES = 20;

export const wei = z.string().regex(/^-?\d+$/).transform(BigInt);
const metaSchema = z.object({
  _meta: z.object({ status: z.record(z.string(), z.object({ block: z.object({ number: z.number().int(), timestamp: z.number().int() }) })) }),
});

export interface IndexedBlock {
  number: bigint;
  timestamp: number;
}

/** @throws X0T_NO_INDEXER if it does not answer, or not in the shape that this version of it has */
export async function ask<Schema extends z.ZodType>(url: string, schema: Schema, query: string, variables: Record<string, unknown> = {}): Promise<z.infer<Schema>> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const parsed = schema.safeParse(await queryIndexer(url, query, variables));
    if (parsed.success) return parsed.data;
    if (attempt < TRIES) await delay(RETRY_MS);
  }
  throw new X0tError("X0T_NO_INDEXER", `The indexer at ${url} does not answer, or is not of this version.`, { retryable: true, data: { url } });
}

/** The newest block that is indexed. */
export async function readIndexedBlock(url: string): Promise<IndexedBlock> {
  const { _meta } = await ask(url, metaSchema, "{ _meta { status } }");
  const [status] = Object.values(_meta.status);
  if (status === undefined) throw new X0tError("X0T_NO_INDEXER", `The indexer at ${url} has no block yet.`, { retryable: true, data: { url } });
  return { number: BigInt(status.block.number), timestamp: status.block.timestamp };
}

/** An answer, and the block that was the newest before it and after. @returns block undefined if blocks came too fast for that */
export async function askAtBlock<Answer>(url: string, question: () => Promise<Answer>, tries = STILL_TRIES): Promise<{ answer: Answer; block: IndexedBlock | undefined }> {
  for (let attempt = 1; ; attempt++) {
    const before = await readIndexedBlock(url);
    const answer = await question();
    const after = await readIndexedBlock(url);
    if (before.number === after.number) return { answer, block: after };
    if (attempt === tries) return { answer, block: undefined };
  }
}

/**
 * All rows of a table, page after page.
 * @param options.table its plural, with `options.columns` of each row; `options.where` and `options.orderBy` as GraphQL takes them
 */
export async function* readTable<Row extends z.ZodType>(
  url: string,
  row: Row,
  options: { table: string; columns: string; orderBy: string; where?: string },
): AsyncGenerator<z.infer<Row>[]> {
  const { table, columns, orderBy, where = "" } = options;
  const page = z.object({ items: z.array(row), pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }) });
  const schema = z.object({ [table]: page });
  const order = `${where === "" ? "" : `where: {${where}}, `}orderBy: "${orderBy}", limit: ${PAGE}`;
  for (let after: string | null = null; ; ) {
    const query = `query ($after: String) { ${table}(${order}, after: $after) { items { ${columns} } pageInfo { hasNextPage endCursor } } }`;
    const answer = (await ask(url, schema, query, { after })) as Record<string, z.infer<typeof page>>;
    const { items, pageInfo } = answer[table] as z.infer<typeof page>;
    yield items as z.infer<Row>[];
    if (!pageInfo.hasNextPage) return;
    after = pageInfo.endCursor;
  }
}
