import type { EpochFacts } from "../../chain/readBundleExpectation.ts";
import { epochStart } from "../../core/epochTime.ts";
import type { ProtocolParameters } from "../../core/parameters.ts";
import { firstLine } from "../../runtime/logError.ts";
import type { Logger } from "../../runtime/logger.ts";

export interface EpochFactsCache {
  /** The committees of `epoch`, loaded if need be; undefined while the chain does not answer. */
  get(epoch: number): Promise<EpochFacts | undefined>;
}

const KEPT_EPOCHS = 8;
const RETRY_MS = 500;

/**
 * Committees and witness keys by epoch. Before the chain has reached the epoch its seed may still be written, so what
 * was read earlier serves only until it can be read again.
 */
export function createEpochFactsCache(deps: {
  parameters: ProtocolParameters;
  /** Head first: facts read after it are at least as new. */
  readHeadTimestamp: () => Promise<number>;
  readFacts: (epoch: number) => Promise<EpochFacts>;
  log: Logger;
}): EpochFactsCache {
  const entries = new Map<number, { facts: EpochFacts | undefined; settled: boolean; loading: Promise<void> | undefined; retryAtMs: number }>();

  const load = async (epoch: number) => {
    const entry = entryOf(epoch);
    try {
      const headTimestamp = await deps.readHeadTimestamp();
      entry.facts = await deps.readFacts(epoch);
      entry.settled = headTimestamp >= epochStart(deps.parameters, epoch);
    } catch (error) {
      deps.log.warn({ epoch, reason: firstLine(error) }, "the epoch's committees cannot be read");
    } finally {
      entry.loading = undefined;
      entry.retryAtMs = performance.now() + RETRY_MS;
    }
  };
  const entryOf = (epoch: number) => {
    const entry = entries.get(epoch) ?? { facts: undefined, settled: false, loading: undefined, retryAtMs: 0 };
    if (!entries.has(epoch)) {
      entries.set(epoch, entry);
      for (const old of [...entries.keys()].sort((a, b) => a - b).slice(0, Math.max(0, entries.size - KEPT_EPOCHS))) entries.delete(old);
    }
    return entry;
  };

  return {
    async get(epoch) {
      const entry = entryOf(epoch);
      if (!entry.settled && entry.loading === undefined && performance.now() >= entry.retryAtMs) entry.loading = load(epoch);
      // What is there serves at once; its correction goes on beside it.
      if (entry.facts === undefined) await entry.loading;
      return entry.facts;
    },
  };
}
