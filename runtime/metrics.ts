import { collectDefaultMetrics, Registry } from "prom-client";

/** One registry a process; series are named `x0t_…` in base units and stand in docs/runbook.md. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
