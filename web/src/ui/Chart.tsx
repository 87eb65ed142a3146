import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { onThemeChange } from "../app/theme.ts";

export interface Series {
  label: string;
  /** A colour of styles.css: "accent", "good", "warn", "bad", "info". */
  color: string;
  values: readonly (number | null)[];
  format?: (value: number) => string;
  isBars?: boolean;
}

/** Lines or bars over x; null is a gap, never 0. Give it a table twin. `isTime`: x in seconds since 1970. */
export function Chart({ x, series, label, isTime = false, height = 220 }: { x: readonly number[]; series: readonly Series[]; label: string; isTime?: boolean; height?: number }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let plot: uPlot | undefined;
    // uPlot reads colours once.
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(optionsOf(element, x, series, isTime, height), [[...x], ...series.map(({ values }) => [...values])], element);
    };
    draw();
    const stopTheme = onThemeChange(draw);
    const resize = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      stopTheme();
      resize.disconnect();
      plot?.destroy();
    };
  }, [x, series, isTime, height]);
  return <div ref={box} role="img" aria-label={label} className="w-full overflow-hidden" />;
}

function optionsOf(element: HTMLElement, x: readonly number[], series: readonly Series[], isTime: boolean, height: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--c-${name}`).trim();
  const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui" };
  const [first] = series;
  const format = first?.format ?? ((value: number) => value.toLocaleString());
  // Bars stand on 0, or their heights mislead; half a bar beyond the first and the last.
  const hasBars = series.some(({ isBars }) => isBars === true);
  const margin = (x.length < 2 ? 1 : ((x.at(-1) ?? 0) - (x[0] ?? 0)) / (x.length - 1)) * 0.6;
  const bars = uPlot.paths.bars?.({ size: [0.7, 40] });
  return {
    width: element.clientWidth,
    height,
    scales: hasBars
      ? { x: { time: isTime, range: (_plot, least, most) => [least - margin, most + margin] }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.05 : 1] } }
      : { x: { time: isTime } },
    axes: [axis, { ...axis, size: 70, values: (_plot, values) => values.map((value) => (value === null ? "" : format(value))) }],
    series: [
      {},
      ...series.map(
        (each): uPlot.Series => ({
          label: each.label,
          stroke: colour(each.color),
          width: 2,
          value: (_plot, value) => (value === null ? "—" : (each.format ?? format)(value)),
          ...(each.isBars === true && { fill: colour(each.color), width: 0, points: { show: false }, ...(bars !== undefined && { paths: bars }) }),
        }),
      ),
    ],
  };
}
