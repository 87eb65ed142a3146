/** One neighbour as a relay's `/peers` tells it; addresses stay out of the page. */
export interface PeerView {
  nodeId: string;
  rttMs: number | null;
  /** 0 idle to 9 full, as the neighbour says. */
  load: number | null;
  draining: boolean;
}

/** A control link between two nodes, `from` < `to` by index. */
export interface Link {
  from: number;
  to: number;
  /** Mean of what both ends measure; undefined before the first beacon came back. */
  rttMs: number | undefined;
  draining: boolean;
  /** Only one of two ends that were asked says that it is there. */
  oneSided: boolean;
}

/** Both ends' views of the links, joined. @param peersOf by registry index, of the relays that answered */
export function joinLinks(nodes: readonly { index: number; nodeId: string }[], peersOf: ReadonlyMap<number, readonly PeerView[]>): Link[] {
  const indexOf = new Map(nodes.map(({ index, nodeId }) => [nodeId.toLowerCase(), index]));
  const ends = new Map<string, { from: number; to: number; views: PeerView[] }>();
  for (const [index, peers] of peersOf) {
    for (const peer of peers) {
      const other = indexOf.get(peer.nodeId.toLowerCase());
      if (other === undefined || other === index) continue;
      const [from, to] = index < other ? [index, other] : [other, index];
      const key = `${from} ${to}`;
      const link = ends.get(key) ?? { from, to, views: [] };
      link.views.push(peer);
      ends.set(key, link);
    }
  }
  return [...ends.values()]
    .map(({ from, to, views }) => {
      const measured = views.flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]));
      return {
        from,
        to,
        rttMs: measured.length === 0 ? undefined : measured.reduce((sum, ms) => sum + ms, 0) / measured.length,
        draining: views.some(({ draining }) => draining),
        oneSided: views.length === 1 && peersOf.has(from) && peersOf.has(to),
      };
    })
    .sort((a, b) => a.from - b.from || a.to - b.to);
}

/** How full each node says it is, 0 to 9: the highest that a neighbour heard of it lately. */
export function loadsOf(nodes: readonly { index: number; nodeId: string }[], peersOf: ReadonlyMap<number, readonly PeerView[]>): Map<number, number> {
  const indexOf = new Map(nodes.map(({ index, nodeId }) => [nodeId.toLowerCase(), index]));
  const loads = new Map<number, number>();
  for (const peers of peersOf.values()) {
    for (const { nodeId, load } of peers) {
      const index = indexOf.get(nodeId.toLowerCase());
      if (index !== undefined && load !== null) loads.set(index, Math.max(load, loads.get(index) ?? 0));
    }
  }
  return loads;
}
