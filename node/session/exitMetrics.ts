import { Counter, Gauge, type Registry } from "prom-client";

/** Series of the exit role; they stand in docs/runbook.md. */
export function createExitMetrics(registry: Registry) {
  const registers = [registry];
  return {
    /** reply: SOCKS5's codes, 0 = connected. */
    opens: new Counter({ name: "x0t_exit_opens_total", help: "Connections asked of this exit by reply code.", labelNames: ["reply"] as const, registers }),
    streams: new Gauge({ name: "x0t_exit_streams", help: "Connections open through this exit.", registers }),
  };
}

export type ExitMetrics = ReturnType<typeof createExitMetrics>;
