/**
 * Remembers what `load` promised for the newest `limit` keys. A failure is not remembered.
 * Two callers at the same time share one load.
 */
export function createMemo<T>(limit: number): (key: string, load: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, load) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const loading = load();
    known.set(key, loading);
    loading.catch(() => {
      if (known.get(key) === loading) known.delete(key);
    });
    const [oldest] = known.keys();
    if (known.size > limit && oldest !== undefined) known.delete(oldest);
    return loading;
  };
}
