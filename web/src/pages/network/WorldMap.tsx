import { geoEqualEarth, geoGraticule10, geoPath } from "d3-geo";
import { useEffect, useMemo, useRef, useState } from "react";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import world from "world-atlas/land-110m.json";
import type { Link } from "./links.ts";
import { HEALTH_WORDS, type Health } from "./nodeHealth.ts";
import { spreadPoints, type Point } from "./spreadPoints.ts";

export interface MapNode {
  index: number;
  health: Health;
  /** "Frankfurt, Germany". */
  place: string;
  /** Degrees: east, north. */
  at: readonly [number, number];
}

const topology = world as unknown as Topology<{ land: GeometryCollection }>;
const LAND = feature(topology, topology.objects.land);
const GRATICULE = geoGraticule10();
const RADIUS = 7;
/** Large enough for a finger. */
const TARGET = 13;
/** Height of the map, of its width: without Antarctica. */
const FORM = 0.46;

/** Narrower maps have smaller signs. */
const NARROW = 520;

const FILL: Record<Health, string> = { up: "fill-good", proving: "fill-good", draining: "fill-warn", idle: "fill-warn", silent: "fill-bad", inactive: "fill-muted", unknown: "fill-info" };

/** Nodes where they stand and the links between them. Each point is a button: Tab reaches it, Enter or Space chooses it. */
export function WorldMap({ nodes, links, chosen, onChoose }: { nodes: readonly MapNode[]; links: readonly Link[]; chosen: number | undefined; onChoose: (index: number) => void }) {
  const [box, width] = useWidth();
  const height = Math.round(width * FORM);
  const scale = width < NARROW ? 0.7 : 1;
  const drawing = useMemo(() => {
    const projection = geoEqualEarth().fitExtent([[2, 2], [width - 2, height * 1.16]], { type: "Sphere" });
    const path = geoPath(projection);
    return { projection, land: path(LAND) ?? "", graticule: path(GRATICULE) ?? "" };
  }, [width, height]);
  const points = useMemo(() => {
    const placed = nodes.flatMap(({ index, at }) => {
      const [x, y] = drawing.projection([...at]) ?? [];
      return x === undefined || y === undefined ? [] : [{ index, x, y }];
    });
    return new Map(spreadPoints(placed, (2 * RADIUS + 3) * scale).map((point) => [point.index, point]));
  }, [nodes, drawing, scale]);
  return (
    <div ref={box} className="overflow-hidden rounded-lg bg-raised">
      <svg width={width} height={height} role="group" aria-label={`Map of ${nodes.length} nodes and ${links.length} links`} className="block">
        <path d={drawing.graticule} className="fill-none stroke-line" strokeWidth={0.5} aria-hidden="true" />
        <path d={drawing.land} className="fill-surface stroke-line" strokeWidth={0.7} aria-hidden="true" />
        <g aria-hidden="true" className="fill-none">
          {links.map((link) => {
            const [from, to] = [points.get(link.from), points.get(link.to)];
            if (from === undefined || to === undefined) return null;
            const isOfChosen = chosen === link.from || chosen === link.to;
            const colour = link.draining || link.oneSided ? "stroke-warn" : "stroke-accent";
            return <path key={`${link.from} ${link.to}`} d={arcOf(from, to)} className={colour} strokeWidth={isOfChosen ? 2 : 1} strokeOpacity={isOfChosen ? 0.9 : chosen === undefined ? 0.45 : 0.15} />;
          })}
        </g>
        {nodes.map((node) => {
          const point = points.get(node.index);
          if (point === undefined) return null;
          const isChosen = chosen === node.index;
          return (
            <g
              key={node.index}
              role="button"
              tabIndex={0}
              aria-label={`Node ${node.index}, ${node.place}: ${HEALTH_WORDS[node.health]}`}
              aria-pressed={isChosen}
              transform={`translate(${point.x} ${point.y})`}
              className="group cursor-pointer outline-none"
              onClick={() => onChoose(node.index)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                onChoose(node.index);
              }}
            >
              <circle r={TARGET} className={`fill-transparent group-focus-visible:stroke-accent ${isChosen ? "stroke-text" : ""}`} strokeWidth={2} />
              <g transform={`scale(${scale})`}>
                <NodeSign health={node.health} />
              </g>
              <title>{`Node ${node.index}, ${node.place}: ${HEALTH_WORDS[node.health]}`}</title>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** A form for each state: whoever sees no colours sees the difference. */
function NodeSign({ health }: { health: Health }) {
  const paint = `${FILL[health]} stroke-surface`;
  if (health === "silent") return <path d="M-7 -4 L-4 -7 L0 -3 L4 -7 L7 -4 L3 0 L7 4 L4 7 L0 3 L-4 7 L-7 4 L-3 0 Z" className={paint} strokeWidth={1} />;
  if (health === "draining" || health === "idle") return <path d="M0 -8 L8 6 L-8 6 Z" className={paint} strokeWidth={1} />;
  if (health === "inactive") return <rect x={-6} y={-6} width={12} height={12} className={paint} strokeWidth={1} />;
  return <circle r={RADIUS} className={paint} strokeWidth={1.5} strokeDasharray={health === "unknown" ? "3 2" : undefined} />;
}

/** Bent towards the top, as long ways are drawn on maps, and never cut at the map's edge. */
function arcOf(from: Point, to: Point): string {
  const bend = 0.18 * Math.hypot(to.x - from.x, to.y - from.y);
  return `M${from.x} ${from.y} Q${(from.x + to.x) / 2} ${Math.max(4, (from.y + to.y) / 2 - bend)} ${to.x} ${to.y}`;
}

/** The width of the element, in CSS pixels. */
function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(240, Math.floor(element.clientWidth))));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}
