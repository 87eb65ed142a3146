import { Counter, type Registry } from "prom-client";
import { privateKeyToAccount } from "viem/accounts";
import type { Reader } from "../../chain/client.ts";
import { readEpochFacts } from "../../chain/readBundleExpectation.ts";
import { readHead } from "../../chain/readHead.ts";
import type { Address, Hex, NodeIndex } from "../../core/ids.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import type { EpochClock } from "../../runtime/epochClock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Directory } from "../directory/directory.ts";
import type { Identity } from "../identity/identity.ts";
import type { Link } from "../link/link.ts";
import type { Spool } from "../proofs/spool.ts";
import { createEpochFactsCache } from "./epochFactsCache.ts";
import { createSubject } from "./subject.ts";
import { createWitness } from "./witness.ts";

/** NET-21 (1): a witness whose clock is further off than this skips. */
const MAX_CLOCK_OFFSET_MS = 2_000;

export interface WitnessingDeps {
  self: () => NodeIndex | undefined;
  chainId: number;
  contracts: { NodeRegistry: Address; ProofLedger: Address };
  parameters: ProtocolParameters;
  identity: Identity;
  hotKey: Hex;
  reader: Reader;
  directory: Directory;
  link: Link;
  spool: Spool;
  clock: EpochClock;
  log: Logger;
  registry: Registry;
}

/** Both roles of NET-21 in one node. */
export function createWitnessing(deps: WitnessingDeps): { start(): void; close(): void } {
  const { reader, contracts, parameters, link, log, registry } = deps;
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const byReason = (name: string, help: string) => new Counter({ name, help, labelNames: ["reason"] as const, registers: [registry] });
  const facts = createEpochFactsCache({
    parameters,
    readHeadTimestamp: async () => (await readHead(reader)).timestamp,
    readFacts: (epoch) => readEpochFacts(reader, { registry: contracts.NodeRegistry, ledger: contracts.ProofLedger, epoch }),
    log,
  });
  const shared = { ...deps, ledger: contracts.ProofLedger, facts };
  const witness = createWitness({
    ...shared,
    hotAccount: privateKeyToAccount(deps.hotKey),
    // With few peers there is no median: the clock follows the chain anyway.
    clockIsGood: () => Math.abs(link.clockOffsetMs() ?? 0) <= MAX_CLOCK_OFFSET_MS,
    random: Math.random,
    metrics: {
      receipts: counter("x0t_witness_receipts_total", "Receipts given to other nodes and acknowledged"),
      misses: byReason("x0t_witness_misses_total", "Slots in which a witnessed node was not seen, by reason"),
      skipped: counter("x0t_witness_skipped_total", "Slots not witnessed because the own clock is off or this process was too slow"),
    },
  });
  const subject = createSubject({
    ...shared,
    sign: deps.identity.sign,
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
    close() {
      witness.close();
      subject.close();
    },
  };
}
