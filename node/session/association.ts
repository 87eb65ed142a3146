/**
 * Associations of datagrams (NET-14) are streams of DGRAM frames. Their ids are apart from those of OPEN: a datagram may
 * overtake an OPEN, or come after the RESET that ended it.
 */
const FIRST_ASSOCIATION = 2 ** 31;
export const MAX_ASSOCIATIONS = 8;

export function isAssociation(stream: number): boolean {
  return stream >= FIRST_ASSOCIATION;
}

/** The id of a session's nth association, from 0. */
export function associationId(n: number): number {
  return FIRST_ASSOCIATION + n;
}

/** Ids that ended lately, so that what is still under way to them revives nothing. */
export function createRecentIds(most: number): { add(id: number): void; has(id: number): boolean } {
  const ids = new Set<number>();
  return {
    add(id) {
      ids.add(id);
      const [oldest] = ids;
      if (ids.size > most && oldest !== undefined) ids.delete(oldest);
    },
    has: (id) => ids.has(id),
  };
}
