/** A bounded queue in which owners take turns: who brings a hundred items waits for them alone. */
export interface FairQueue<T> {
  readonly size: number;
  /** @returns who has to go if the queue is full: the newest of the owner who has the most in it, maybe `item` itself */
  push(owner: string, item: T): T | undefined;
  shift(): T | undefined;
  /** False if it is not in the queue any more. */
  remove(owner: string, item: T): boolean;
}

export function createFairQueue<T>(max: number): FairQueue<T> {
  /** The first owner is the next one; whoever had a turn goes to the end. */
  const lines = new Map<string, T[]>();
  let size = 0;

  const longest = (): [string, T[]] => [...lines].reduce((most, each) => (each[1].length > most[1].length ? each : most));
  return {
    get size() {
      return size;
    },
    push(owner, item) {
      const line = lines.get(owner) ?? [];
      line.push(item);
      lines.set(owner, line);
      if (++size <= max) return undefined;
      const [loser, theirs] = longest();
      const dropped = theirs.pop();
      if (theirs.length === 0) lines.delete(loser);
      size--;
      return dropped;
    },
    shift() {
      const [first] = lines;
      if (first === undefined) return undefined;
      const [owner, line] = first;
      const item = line.shift();
      lines.delete(owner);
      if (line.length > 0) lines.set(owner, line);
      size--;
      return item;
    },
    remove(owner, item) {
      const line = lines.get(owner);
      const at = line?.indexOf(item) ?? -1;
      if (line === undefined || at < 0) return false;
      line.splice(at, 1);
      if (line.length === 0) lines.delete(owner);
      size--;
      return true;
    },
  };
}
