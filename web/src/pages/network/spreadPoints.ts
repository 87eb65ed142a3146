export interface Point {
  index: number;
  x: number;
  y: number;
}

/**
 * Points that would cover each other, apart: those of one place stand in rings round it, in the order of their indices.
 * @param places where each would stand, pixels
 * @param gap least distance of neighbours in a ring, pixels
 */
export function spreadPoints(places: readonly Point[], gap: number): Point[] {
  const groups = new Map<string, Point[]>();
  for (const place of [...places].sort((a, b) => a.index - b.index)) {
    const key = `${Math.round(place.x)} ${Math.round(place.y)}`;
    const group = groups.get(key) ?? [];
    group.push(place);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => group.map((place, at) => shifted(place, at, group.length, gap)));
}

function shifted(place: Point, at: number, count: number, gap: number): Point {
  if (count === 1) return place;
  // Ring 0 has up to 6 places, ring 1 12, and so on: the k-th ring's circumference grows with its radius.
  let ring = 1;
  let first = 0;
  while (at >= first + 6 * ring) first += 6 * ring++;
  const inRing = Math.min(6 * ring, count - first);
  const angle = (2 * Math.PI * (at - first)) / inRing - Math.PI / 2;
  const radius = inRing === 2 && ring === 1 ? gap / 2 : gap * ring;
  return { index: place.index, x: place.x + radius * Math.cos(angle), y: place.y + radius * Math.sin(angle) };
}
