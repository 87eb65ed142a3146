import { Counter, Gauge, type Registry } from "prom-client";

/** Series of the exit role; they stand in docs/runbook.md. */
export function createExitMetrics(registry: Registry) {
  const registers = [registry];
  return {
    /** reply: SOCKS5's codes, 0 = connected. */
    opens: new Counter({ name: "x0t_exit_opens_total", help: "Connections asked of this exit by reply code.", labelNames: ["reply"] as const, registers }),
    streams: new Gauge({ name: "x0t_exit_streams", help: "Connections open through this exit.", registers }),
    /** outcome: sent, received; lost are refused (by the policy), unresolved, stray (from where nothing was sent), dropped (a bound). */
    datagrams: new Counter({ name: "x0t_exit_datagrams_total", help: "UDP datagrams of this exit by outcome.", labelNames: ["outcome"] as const, registers }),
    associations: new Gauge({ name: "x0t_exit_associations", help: "UDP associations open at this exit.", registers }),
  };
}

export type ExitMetrics = ReturnType<typeof createExitMetrics>;
