/** Further behind than this the index is not ready; Ponder can take back at least as many blocks. */
export const MAX_LAG_BLOCKS = 30;

export interface Block {
  number: number;
  /** Seconds since 1970. */
  timestamp: number;
}

export interface IndexState {
  /** The newest block that is indexed. */
  indexed: Block | null;
  /** Whether all that was final at the start is indexed. */
  backfilled: boolean;
  /** Whether somebody writes; undefined where only this process can. */
  written?: boolean;
}

/**
 * database  does not answer
 * backfill  not all that was final at the start is indexed
 * chain     has not answered for `staleMs`
 * diverged  what is indexed is not the chain's any more: a reorganisation deeper than Ponder can take back
 * writer    nobody has written for `staleMs`
 * stuck     the chain went on, and the index has not for `staleMs`
 * behind    by more than MAX_LAG_BLOCKS
 */
export type Problem = "database" | "backfill" | "chain" | "diverged" | "writer" | "stuck" | "behind";

export interface Health {
  ready: boolean;
  problem: Problem | null;
  indexed: Block | null;
  /** null if the chain does not answer. */
  head: Block | null;
  lagBlocks: number | null;
  lagSeconds: number | null;
  lastError: { at: string; message: string } | null;
}

/**
 * Judges whether an index may be relied on. Ponder's own /ready stays green once it was: with old data after a
 * reorganisation beyond its finality, without a chain, and in a replica whose writer is gone.
 * @returns a function that looks once more; those who ask while it looks get the same answer
 */
export function createHealth(sources: {
  /** Rejects if the database does not answer. */
  readIndex: () => Promise<IndexState>;
  /** Rejects if the chain does not answer or has no such block. */
  readBlock: (number: number | "latest") => Promise<Block>;
  staleMs: number;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}): () => Promise<Health> {
  const { readIndex, readBlock, staleMs, now = () => performance.now() } = sources;
  const since = new Map<Problem, number>();
  let lastNumber: number | undefined;
  let lastError: Health["lastError"] = null;
  let running: Promise<Health> | undefined;

  /** Whether `holds` has been true at every look for `ms`. */
  const lasts = (problem: Problem, holds: boolean, ms: number): boolean => {
    if (!holds) {
      since.delete(problem);
      return false;
    }
    const first = since.get(problem) ?? now();
    since.set(problem, first);
    return now() - first >= ms;
  };
  const note = (error: unknown): undefined => {
    lastError = { at: new Date().toISOString(), message: describe(error) };
    return undefined;
  };

  const look = async (): Promise<Health> => {
    const state = await readIndex().catch(note);
    const head = await readBlock("latest").catch(note);
    const indexed = state?.indexed ?? null;
    const known = head === undefined || indexed === null ? undefined : await isOnChain(indexed, head, readBlock).catch(note);
    const lagBlocks = head === undefined || state === undefined ? null : Math.max(0, head.number - (indexed?.number ?? -1));
    const lagSeconds = head === undefined || indexed === null ? null : Math.max(0, head.timestamp - indexed.timestamp);
    const moved = indexed === null || indexed.number !== lastNumber;
    if (indexed !== null) lastNumber = indexed.number;
    // All of them, so that each knows how long it has lasted.
    const problems: Record<Problem, boolean> = {
      database: state === undefined,
      backfill: state?.backfilled === false,
      chain: lasts("chain", head === undefined, staleMs),
      // A reorganisation is taken up within a second or two.
      diverged: lasts("diverged", known === false || (known === undefined && since.has("diverged")), staleMs / 2),
      writer: lasts("writer", state?.written === false, staleMs),
      stuck: lasts("stuck", (!moved && (lagBlocks ?? 0) > 0) || (lagBlocks === null && since.has("stuck")), staleMs),
      behind: (lagBlocks ?? 0) > MAX_LAG_BLOCKS,
    };
    const problem = (Object.keys(problems) as Problem[]).find((name) => problems[name]) ?? null;
    return { ready: problem === null, problem, indexed, head: head ?? null, lagBlocks, lagSeconds, lastError };
  };
  return () => (running ??= look().finally(() => (running = undefined)));
}

async function isOnChain(indexed: Block, head: Block, readBlock: (number: number) => Promise<Block>): Promise<boolean> {
  if (indexed.number > head.number) return false;
  const block = indexed.number === head.number ? head : await readBlock(indexed.number);
  return block.timestamp === indexed.timestamp;
}

/** Without the address that viem's messages hold: there may be a key in it. */
function describe(error: unknown): string {
  const { shortMessage, details, message } = error as { shortMessage?: string; details?: string; message?: string };
  const text = shortMessage === undefined ? (message ?? String(error)) : [shortMessage, details].filter(Boolean).join(" ");
  return (text.split("\n")[0] ?? "").slice(0, 200);
}
