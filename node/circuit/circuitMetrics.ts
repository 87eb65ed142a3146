import { Counter, Gauge, type Registry } from "prom-client";
import { KIND_SHARES, type HandshakeKind } from "./handshakeBudget.ts";

/** Series of the relay port; they stand in docs/runbook.md. */
export function createCircuitMetrics(registry: Registry, read: {
  tunnels(): number;
  pipes(): number;
  sessions(): number;
  bytes(): number;
  waiting(kind: HandshakeKind): number;
  workBits(): number;
}) {
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
  gauge("x0t_relay_work_bits", "Zero bits that strangers must show.", read.workBits);
  new Gauge({
    name: "x0t_relay_handshakes_waiting",
    help: "Handshakes that wait for their turn, by kind of preface.",
    labelNames: ["kind"] as const,
    registers,
    collect() {
      for (const kind of Object.keys(KIND_SHARES) as HandshakeKind[]) this.set({ kind }, read.waiting(kind));
    },
  });
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
    /** kind: ticket, token, work, dialback, none; outcome: accepted, refused, limited, busy, timeout, handshake. */
    connections: new Counter({
      name: "x0t_relay_connections_total",
      help: "Connections to the relay port by kind of preface and outcome.",
      labelNames: ["kind", "outcome"] as const,
      registers,
    }),
    handshakeSeconds: new Counter({
      name: "x0t_relay_handshake_seconds_total",
      help: "Time of the event loop that handshakes took, by kind of preface.",
      labelNames: ["kind"] as const,
      registers,
    }),
    ended: new Counter({
      name: "x0t_relay_ended_total",
      help: "Tunnels that this relay ended: retired, idle, stalled (a side does not read), memory (too many such sides).",
      labelNames: ["reason"] as const,
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
