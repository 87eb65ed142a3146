import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export function createLinkMetrics(registry: Registry, peers: () => number) {
  const registers = [registry];
  new Gauge({
    name: "x0t_link_peers",
    help: "Live authenticated control links",
    registers,
    collect() {
      this.set(peers());
    },
  });
  return {
    lost: new Counter({ name: "x0t_link_lost_total", help: "Control links that ended", registers }),
    dials: new Counter({ name: "x0t_link_dials_total", help: "Control links dialled", labelNames: ["result"], registers }),
    refused: new Counter({
      name: "x0t_link_refused_total",
      help: "Control connections refused before they were a link",
      labelNames: ["reason"],
      registers,
    }),
    sent: new Counter({ name: "x0t_link_sent_total", help: "Control messages sent", labelNames: ["protocol"], registers }),
    received: new Counter({
      name: "x0t_link_received_total",
      help: "Control messages received",
      labelNames: ["protocol"],
      registers,
    }),
    rtt: new Histogram({
      name: "x0t_link_rtt_seconds",
      help: "Round trips measured by beacons",
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
      registers,
    }),
  };
}
