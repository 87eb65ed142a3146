import { Counter, Gauge, type Registry } from "prom-client";

/** Series of the relay port; they stand in docs/runbook.md. */
export function createCircuitMetrics(registry: Registry, read: { tunnels(): number; pipes(): number; sessions(): number; bytes(): number }) {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("x0t_relay_tunnels", "Tunnels open on the relay port.", read.tunnels);
  gauge("x0t_relay_pipes", "Circuits that this relay passes on.", read.pipes);
  gauge("x0t_relay_sessions", "Circuits that end here.", read.sessions);
  let counted = 0;
  const bytes: Counter = new Counter({
    name: "x0t_relay_bytes_total",
    help: "Bytes read and written on circuits' incoming connections.",
    registers,
    collect() {
      const now = read.bytes();
      bytes.inc(Math.max(0, now - counted));
      counted = Math.max(counted, now);
    },
  });
  return {
    /** kind: ticket, token, work, dialback, none; outcome: accepted, refused, limited, timeout, handshake. */
    connections: new Counter({
      name: "x0t_relay_connections_total",
      help: "Connections to the relay port by kind of preface and outcome.",
      labelNames: ["kind", "outcome"] as const,
      registers,
    }),
    extends: new Counter({
      name: "x0t_relay_extends_total",
      help: "EXTEND requests by answer (0 = done).",
      labelNames: ["code"] as const,
      registers,
    }),
  };
}

export type CircuitMetrics = ReturnType<typeof createCircuitMetrics>;
