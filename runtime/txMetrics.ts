import { Counter, Histogram, type Registry } from "prom-client";

export type TxOutcome = "mined" | "reverted" | "failed";

export interface TxMetrics {
  observe(outcome: TxOutcome, seconds: number): void;
}

/** Transactions of this process: how many ended how, and how long they took from their turn to their receipt. */
export function createTxMetrics(registry: Registry): TxMetrics {
  const total = new Counter({
    name: "x0t_tx_total",
    help: "Transactions by outcome: mined, reverted, failed",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "x0t_tx_seconds",
    help: "From a transaction's turn to its receipt",
    buckets: [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128],
    registers: [registry],
  });
  return {
    observe(outcome, took) {
      total.inc({ outcome });
      if (outcome === "mined") seconds.observe(took);
    },
  };
}
