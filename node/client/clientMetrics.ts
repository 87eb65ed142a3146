import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface ClientMetrics {
  builds: Counter<"outcome">;
  buildSeconds: Histogram;
  losses: Counter;
  retries: Counter;
  switches: Counter;
}

export function createClientMetrics(
  registry: Registry,
  read: {
    circuits(): { active: number; spare: number; retiring: number };
    guards(): { configured: number; connected: number; ready: number };
    streams(): number;
    descriptorStakeShare(): number;
    entryBytes(): number;
  },
): ClientMetrics {
  const registers = [registry];
  const states = (name: string, help: string, collect: () => Record<string, number>) =>
    new Gauge({
      name,
      help,
      labelNames: ["state"],
      registers,
      collect() {
        for (const [state, value] of Object.entries(collect())) this.set({ state }, value);
      },
    });
  const gauge = (name: string, help: string, collect: () => number) =>
    new Gauge({ name, help, registers, collect() { this.set(collect()); } });
  states("x0t_client_circuits", "Circuits: active ones take new streams, a spare waits, retiring ones finish theirs.", read.circuits);
  states("x0t_client_guards", "Guards: configured, connected by account tunnel, ready to carry circuits.", read.guards);
  gauge("x0t_client_streams", "Streams open through the network.", read.streams);
  gauge("x0t_client_descriptor_stake_ratio", "Share of the active stake whose descriptors are held (NET-2: 0.6 is needed).", read.descriptorStakeShare);
  gauge("x0t_client_entry_bytes", "Bytes to and from guards over the client's life, as paid for.", read.entryBytes);
  return {
    builds: new Counter({ name: "x0t_client_circuit_builds_total", help: "Circuits begun, by outcome.", labelNames: ["outcome"], registers }),
    buildSeconds: new Histogram({
      name: "x0t_client_circuit_build_seconds",
      help: "From the choice of a path to an answer of its exit.",
      buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4],
      registers,
    }),
    losses: new Counter({ name: "x0t_client_circuit_losses_total", help: "Circuits that were lost, not closed.", registers }),
    switches: new Counter({ name: "x0t_client_path_switches_total", help: "Times that another circuit of a session took the lead.", registers }),
    retries: new Counter({ name: "x0t_client_stream_retries_total", help: "Streams opened again on another circuit.", registers }),
  };
}
