import { Gauge, type Registry } from "prom-client";
import type { Link } from "../link/link.ts";
import type { Directory } from "./directory.ts";

/** Series of what this node knows of the others; they stand in docs/runbook.md. */
export function registerDirectoryMetrics(
  registry: Registry,
  directory: Pick<Directory, "nodes" | "coverage">,
  link: Pick<Link, "clockOffsetMs">,
): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge("x0t_directory_nodes", "Nodes in the registry", () => directory.nodes().length);
  gauge("x0t_directory_coverage_ratio", "Share of the active stake whose descriptors are held", () => directory.coverage().stakeShare);
  gauge("x0t_clock_offset_seconds", "Median of the peers' clocks less ours", () => (link.clockOffsetMs() ?? 0) / 1000);
}
