/** OPENs may overtake each other on different paths by so many ids. */
const SPAN = 8_192;

/** The stream ids that were opened: each counts once, in whatever order they come (NET-9). */
export interface SeenStreams {
  /** @returns false for an id that was seen, or is too old to tell */
  add(id: number): boolean;
  highest(): number;
}

export function createSeenStreams(): SeenStreams {
  const seen = new Set<number>();
  let highest = 0;
  /** Everything up to here counts as seen. */
  let floor = 0;
  return {
    add(id) {
      if (id <= floor || seen.has(id)) return false;
      seen.add(id);
      highest = Math.max(highest, id);
      while (seen.delete(floor + 1)) floor++;
      if (highest - floor <= SPAN) return true;
      floor = highest - SPAN;
      for (const old of seen) if (old <= floor) seen.delete(old);
      return true;
    },
    highest: () => highest,
  };
}
