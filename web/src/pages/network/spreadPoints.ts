export interface Point {
  index: number;
  x: number;
  y: number;
}

/** Rounds in which neighbours push each other apart; crowds may still touch after them. */
const ROUNDS = 80;

/**
 * Points that would cover each other, apart: those of one place stand in rings round it, in the order of their indices, and
 * what is still too close to another place's is pushed away. The same places give the same points.
 * @param places where each would stand, pixels
 * @param gap distance of neighbours, pixels
 */
export function spreadPoints(places: readonly Point[], gap: number): Point[] {
  const groups = new Map<string, Point[]>();
  for (const place of [...places].sort((a, b) => a.index - b.index)) {
    const key = `${Math.round(place.x)} ${Math.round(place.y)}`;
    const group = groups.get(key) ?? [];
    group.push(place);
    groups.set(key, group);
  }
  const points = [...groups.values()].flatMap((group) => group.map((place, at) => shifted(place, at, group.length, gap)));
  for (let round = 0; round < ROUNDS && pushApart(points, gap); round++);
  return points;
}

/** @returns whether any two were too close */
function pushApart(points: Point[], gap: number): boolean {
  let moved = false;
  for (const [place, a] of points.entries()) {
    for (const b of points.slice(place + 1)) {
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      if (Math.abs(dx) >= gap || Math.abs(dy) >= gap) continue;
      const distance = Math.hypot(dx, dy);
      if (distance >= gap - 0.5) continue;
      const push = (gap - distance) / 2;
      const [ux, uy] = distance === 0 ? [1, 0] : [dx / distance, dy / distance];
      a.x -= ux * push;
      a.y -= uy * push;
      b.x += ux * push;
      b.y += uy * push;
      moved = true;
    }
  }
  return moved;
}

function shifted(place: Point, at: number, count: number, gap: number): Point {
  if (count === 1) return { ...place };
  // Ring 0 has up to 6 places, ring 1 12, and so on: the k-th ring's circumference grows with its radius.
  let ring = 1;
  let first = 0;
  while (at >= first + 6 * ring) first += 6 * ring++;
  const inRing = Math.min(6 * ring, count - first);
  const angle = (2 * Math.PI * (at - first)) / inRing - Math.PI / 2;
  const radius = inRing === 2 && ring === 1 ? gap / 2 : gap * ring;
  return { index: place.index, x: place.x + radius * Math.cos(angle), y: place.y + radius * Math.sin(angle) };
}
