import { collectDefaultMetrics, Registry } from "prom-client";

/** One registry a process; series are named `x0t_…` in base units and stand in docs/runbook.md. */
export function createMetrics(): Registry {
  const registry = new Registry();
  // The event loop's delay is sampled by a timer: at the default of 10 ms it would wake an idle process 100 times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  return registry;
}
