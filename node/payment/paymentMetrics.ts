import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export interface PaymentMetrics {
  units: Counter<"direction">;
  vouchers: Counter<"direction">;
  refused: Counter<"reason">;
  disputes: Counter;
  exhausted: Gauge;
  pausedTunnels: Gauge;
  prepaidUnits: Gauge<"direction">;
  relayedBytes: Counter;
  syncSeconds: Histogram;
}

/** Series of docs/runbook.md; a unit is 0.0001 X0T. */
export function createPaymentMetrics(registry: Registry): PaymentMetrics {
  const registers = [registry];
  const directed = { labelNames: ["direction"] as const, registers };
  return {
    units: new Counter({ name: "x0t_payment_units_total", help: "Units metered: earned from payers, spent on payees.", ...directed }),
    vouchers: new Counter({ name: "x0t_payment_vouchers_total", help: "Vouchers received (earned) and signed (spent).", ...directed }),
    refused: new Counter({
      name: "x0t_payment_refused_vouchers_total",
      help: "Vouchers that were not credited.",
      labelNames: ["reason"] as const,
      registers,
    }),
    disputes: new Counter({ name: "x0t_payment_disputes_total", help: "Gaps between our meter and a payee's count.", registers }),
    exhausted: new Gauge({ name: "x0t_payment_exhausted_channels", help: "Payees whose channel has no deposit left.", registers }),
    pausedTunnels: new Gauge({ name: "x0t_payment_paused_tunnels", help: "Tunnels that wait for a voucher.", registers }),
    prepaidUnits: new Gauge({ name: "x0t_payment_prepaid_units", help: "Units paid for but not yet metered.", ...directed }),
    relayedBytes: new Counter({ name: "x0t_payment_relayed_bytes_total", help: "Bytes metered on tunnels of others.", registers }),
    syncSeconds: new Histogram({
      name: "x0t_payment_sync_seconds",
      help: "Time to bring vouchers and meters to the disk.",
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers,
    }),
  };
}
