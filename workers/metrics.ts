import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/**
 * Series of the workers, for all nodes of the process together. Wei are floating-point here: the chain has the exact sums.
 * @param nodeStates the state of each node, asked when the metrics are read.
 */
export function createWorkerMetrics(registry: Registry, nodeStates: () => readonly string[] = () => []) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  return {
    jobs: counter("x0t_worker_jobs_total", "Runs of a job by outcome: done, failed", ["job", "outcome"]),
    jobSeconds: new Histogram({
      name: "x0t_worker_job_seconds",
      help: "How long a run of a job took",
      labelNames: ["job"],
      buckets: [0.01, 0.05, 0.25, 1, 4, 16, 64],
      registers,
    }),
    nodes: new Gauge({
      name: "x0t_worker_nodes",
      help: "Nodes of this process by state: starting, running, waiting",
      labelNames: ["state"],
      registers,
      collect() {
        const states = nodeStates();
        for (const state of ["starting", "running", "waiting"]) this.set({ state }, states.filter((other) => other === state).length);
      },
    }),
    headTimestamp: gauge("x0t_worker_head_timestamp_seconds", "Timestamp of the latest block seen"),
    pokes: counter("x0t_worker_pokes_total", "Seeds written"),
    commits: counter("x0t_worker_commits_total", "Epochs committed"),
    committedSlots: counter("x0t_worker_committed_slots_total", "Slots claimed by commits"),
    droppedReceipts: counter("x0t_worker_dropped_receipts_total", "Receipts of the spool that were false or of no committee member"),
    missedEpochs: counter("x0t_worker_missed_epochs_total", "Epochs that could no longer be committed"),
    bundles: counter("x0t_worker_bundles_total", "Bundles of others looked at, by verdict: true, false, unavailable", ["verdict"]),
    challenges: counter("x0t_worker_challenges_total", "Challenges bonded"),
    answers: counter("x0t_worker_answers_total", "Challenges of own nodes answered"),
    unanswerable: counter("x0t_worker_unanswerable_total", "Challenges of own nodes for which receipts are missing"),
    enforced: counter("x0t_worker_enforced_total", "Void commits enforced"),
    claimedWei: counter("x0t_worker_claimed_wei_total", "Rewards claimed, before the burn"),
    redeemedWei: counter("x0t_worker_redeemed_wei_total", "Vouchers redeemed, before the burn"),
    leaseLooks: counter("x0t_worker_lease_looks_total", "Looks for leases to settle, by who knew them: indexer, chain", ["source"]),
    settledEpochs: counter("x0t_worker_settled_epochs_total", "Epochs of leases settled, by outcome: paid, refunded, burned", ["outcome"]),
    settledWei: counter("x0t_worker_settled_wei_total", "Price of those epochs, by outcome", ["outcome"]),
    balanceWei: gauge("x0t_worker_balance_wei", "What a node's hot key holds", ["node", "asset"]),
  };
}
