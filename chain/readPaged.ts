const PAGE = 100;

/** read(0) … read(count − 1), a hundred at a time: each page travels as few JSON-RPC batches. */
export async function readPaged<T>(count: number, read: (index: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let from = 0; from < count; from += PAGE) {
    const size = Math.min(PAGE, count - from);
    all.push(...(await Promise.all(Array.from({ length: size }, (_, offset) => read(from + offset)))));
  }
  return all;
}
