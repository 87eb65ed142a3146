import { Counter, Histogram, type Registry } from "prom-client";
import { privateKeyToAccount } from "viem/accounts";
import type { Reader } from "../../chain/client.ts";
import { readEpochFacts } from "../../chain/readBundleExpectation.ts";
import { readHead } from "../../chain/readHead.ts";
import { slotSeconds } from "../../core/epochTime.ts";
import type { Address, Hex, NodeId, NodeIndex } from "../../core/ids.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import type { EpochClock } from "../../runtime/epochClock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Directory } from "../directory/directory.ts";
import type { Link } from "../link/link.ts";
import type { Payments } from "../payment/payments.ts";
import type { Spool } from "../proofs/spool.ts";
import { createClientSession } from "../session/clientSession.ts";
import { createEpochFactsCache } from "./epochFactsCache.ts";
import { createProber } from "./probe.ts";
import { createSubject } from "./subject.ts";
import { createWitness } from "./witness.ts";

/** NET-21 (1): a witness whose clock is further off than this skips. */
const MAX_CLOCK_OFFSET_MS = 2_000;

export interface WitnessingDeps {
  self: () => NodeIndex | undefined;
  nodeId: NodeId;
  chainId: number;
  contracts: { NodeRegistry: Address; ProofLedger: Address };
  parameters: ProtocolParameters;
  hotKey: Hex;
  payments: Pick<Payments, "payerForPeer">;
  takeTicket: (nodeId: NodeId, depth: number, signal: AbortSignal) => Promise<Uint8Array>;
  /** Local address to dial from: tickets are bound to it. */
  dialFrom: string;
  reader: Reader;
  directory: Directory;
  link: Link;
  spool: Spool;
  clock: EpochClock;
  log: Logger;
  registry: Registry;
}

export interface Witnessing {
  start(): void;
  /** Probes no more; receipts go on (NET-23). */
  drain(): void;
  close(): void;
}

/** Both roles of NET-21 in one node. */
export function createWitnessing(deps: WitnessingDeps): Witnessing {
  const { reader, contracts, parameters, link, clock, log, registry } = deps;
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const byReason = (name: string, help: string) => new Counter({ name, help, labelNames: ["reason"] as const, registers: [registry] });
  const facts = createEpochFactsCache({
    parameters,
    readHeadTimestamp: async () => (await readHead(reader)).timestamp,
    readFacts: (epoch) => readEpochFacts(reader, { registry: contracts.NodeRegistry, ledger: contracts.ProofLedger, epoch }),
    log,
  });
  const shared = { ...deps, ledger: contracts.ProofLedger, facts };
  const prober = createProber({
    self: deps.nodeId,
    directory: deps.directory,
    isLinked: (nodeId) => link.peer(nodeId) !== undefined,
    payerFor: deps.payments.payerForPeer,
    takeTicket: deps.takeTicket,
    openSession: (circuit, calm) => createClientSession(circuit, { calm }),
    dialFrom: deps.dialFrom,
    slotMs: slotSeconds(parameters) * 1000,
    nowMs: clock.nowMs,
    sleepUntil: clock.sleepUntil,
    random: Math.random,
    metrics: { seconds: createProbeHistogram(registry) },
  });
  const witness = createWitness({
    ...shared,
    prober,
    hotAccount: privateKeyToAccount(deps.hotKey),
    // With few peers there is no median: the clock follows the chain anyway.
    clockIsGood: () => Math.abs(link.clockOffsetMs() ?? 0) <= MAX_CLOCK_OFFSET_MS,
    random: Math.random,
    metrics: {
      receipts: counter("x0t_witness_receipts_total", "Receipts given to other nodes and acknowledged"),
      misses: byReason("x0t_witness_misses_total", "Slots in which a witnessed node was not seen, by reason"),
      skipped: counter("x0t_witness_skipped_total", "Slots not witnessed through own fault: the clock is off, this process was too slow, or it can pay nobody"),
    },
  });
  const subject = createSubject({
    ...shared,
    witness,
    metrics: {
      held: counter("x0t_receipts_held_total", "Receipts for this node written to the spool"),
      refused: counter("x0t_receipts_refused_total", "Receipts for this node with a false signature"),
      missed: byReason("x0t_slots_missed_total", "Times that a witness did not see this node, by reason"),
    },
  });
  return {
    start() {
      subject.start();
      witness.start();
    },
    drain: () => prober.close(),
    close() {
      witness.close();
      prober.close();
      subject.close();
    },
  };
}

function createProbeHistogram(registry: Registry): Histogram<"outcome"> {
  return new Histogram({
    name: "x0t_witness_probe_seconds",
    help: "Time until a probe had its outcome",
    labelNames: ["outcome"] as const,
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 4, 12],
    registers: [registry],
  });
}
