/** Things that wait, bounded over all and per group (a network, a payer): the oldest makes room for the newest. */
export interface Crowd<T> {
  readonly size: number;
  /** @returns who has to go for it */
  add(item: T, group: string): T | undefined;
  /** False if it had to go before. */
  delete(item: T): boolean;
  [Symbol.iterator](): IterableIterator<T>;
}

export function createCrowd<T>(max: number, maxPerGroup: number): Crowd<T> {
  /** In the order of arrival, over all and in each group. */
  const all = new Map<T, string>();
  const groups = new Map<string, Set<T>>();

  const remove = (item: T): boolean => {
    const group = all.get(item);
    if (group === undefined) return false;
    all.delete(item);
    const members = groups.get(group);
    members?.delete(item);
    if (members?.size === 0) groups.delete(group);
    return true;
  };
  return {
    get size() {
      return all.size;
    },
    add(item, group) {
      const members = groups.get(group);
      const [oldest] = members !== undefined && members.size >= maxPerGroup ? members : all.size >= max ? all.keys() : [];
      if (oldest !== undefined) remove(oldest);
      all.set(item, group);
      const now = groups.get(group) ?? new Set<T>();
      groups.set(group, now.add(item));
      return oldest;
    },
    delete: remove,
    [Symbol.iterator]: () => all.keys(),
  };
}
