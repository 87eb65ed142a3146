/** Small enough that lanes end together, large enough that starting a process does not count. */
const FILES_A_BATCH = 8;

/** What one process runs: the files that take longest alone and first, in the order of `longest`; the rest several at a time. */
export function batchesOf(files: readonly string[], longest: readonly string[]): string[][] {
  const alone = longest.filter((file) => files.includes(file));
  const rest = files.filter((file) => !alone.includes(file));
  const batches = alone.map((file) => [file]);
  for (let from = 0; from < rest.length; from += FILES_A_BATCH) batches.push(rest.slice(from, from + FILES_A_BATCH));
  return batches;
}

/** Runs `run` on every item, `lanes` at once. */
export async function inLanes<T, R>(items: readonly T[], lanes: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await run(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}
