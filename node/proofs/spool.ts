import { mkdir, open, readdir, readFile, truncate, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Receipt } from "../../core/receiptTree.ts";
import { encodeSpoolRecord, parseSpool, SPOOL_DIR, spoolFile, type SpoolRecord } from "../../core/spool.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import type { Logger } from "../../runtime/logger.ts";

/** What a node holds to prove its work; the worker reads the same files (core/spool.ts). */
export interface Spool {
  /** Resolves once the receipt is on disk, so that it may be acknowledged (NET-19); false if it was held already. */
  addReceipt(epoch: number, receipt: Receipt): Promise<boolean>;
  /** True once it is on disk. */
  hasReceipt(epoch: number, slot: number, witness: number): boolean;
  /** Adds bytes relayed for others to an epoch's total; written by `flushRelayed`. */
  addRelayed(epoch: number, bytes: number): void;
  relayedBytes(epoch: number): number;
  /** Of this node's whole life. */
  lifetimeRelayedBytes(): number;
  /** Receipts by slot. */
  receiptCounts(epoch: number): Record<number, number>;
  /** Writes the changed totals of relayed bytes; call it once a second. */
  flushRelayed(): Promise<void>;
  /** Forgets epochs before `oldest`; the lifetime total keeps their bytes. */
  prune(oldest: number): Promise<void>;
  close(): Promise<void>;
}

const RELAYED_FILE = "relayed.json";

interface Epoch {
  /** `slot/witness` of what is on disk. */
  held: Set<string>;
  /** And of what is on its way there. */
  pending: Map<string, Promise<void>>;
  counts: Map<number, number>;
  relayed: number;
  relayedWritten: number;
  file: Promise<FileHandle> | undefined;
  /** Appends in order; receipts that arrive together share one fsync. */
  queue: { text: string; done: () => void; failed: (error: Error) => void }[];
  writing: Promise<void> | undefined;
  /** An append failed half way, perhaps: the next one begins on a new line. */
  torn: boolean;
}

/** Opens the spool below a node's home and reads what earlier runs left. */
export async function openSpool(home: string, log: Logger): Promise<Spool> {
  await mkdir(join(home, SPOOL_DIR), { recursive: true, mode: 0o700 });
  const epochs = new Map<number, Epoch>();
  const pruned = await readPruned(home);
  for (const number of await listEpochs(home)) {
    if (number > pruned.throughEpoch) epochs.set(number, await loadEpoch(join(home, spoolFile(number))));
  }

  const epochOf = (number: number): Epoch => {
    const epoch = epochs.get(number) ?? emptyEpoch();
    epochs.set(number, epoch);
    return epoch;
  };
  const append = (number: number, record: SpoolRecord): Promise<void> => {
    const epoch = epochOf(number);
    return new Promise((done, failed) => {
      epoch.queue.push({ text: encodeSpoolRecord(record), done, failed });
      epoch.writing ??= drain(epoch, join(home, spoolFile(number))).finally(() => (epoch.writing = undefined));
    });
  };
  const flushRelayed = async () => {
    const changed = [...epochs].filter(([, epoch]) => epoch.relayed !== epoch.relayedWritten);
    await Promise.all(
      changed.map(async ([number, epoch]) => {
        const bytes = epoch.relayed;
        await append(number, { type: "relayed", bytes });
        epoch.relayedWritten = bytes;
      }),
    );
  };

  return {
    async addReceipt(number, receipt) {
      const epoch = epochOf(number);
      const key = `${receipt.slot}/${receipt.witness}`;
      if (epoch.held.has(key)) return false;
      const before = epoch.pending.get(key);
      if (before !== undefined) {
        await before;
        return false;
      }
      const written = append(number, { type: "receipt", slot: receipt.slot, witness: receipt.witness, signature: receipt.signature });
      epoch.pending.set(key, written);
      await written.finally(() => epoch.pending.delete(key));
      epoch.held.add(key);
      epoch.counts.set(receipt.slot, (epoch.counts.get(receipt.slot) ?? 0) + 1);
      return true;
    },
    hasReceipt: (number, slot, witness) => epochs.get(number)?.held.has(`${slot}/${witness}`) === true,
    addRelayed(number, bytes) {
      epochOf(number).relayed += bytes;
    },
    relayedBytes: (number) => epochs.get(number)?.relayed ?? 0,
    lifetimeRelayedBytes: () => [...epochs.values()].reduce((sum, { relayed }) => sum + relayed, pruned.bytes),
    receiptCounts: (number) => Object.fromEntries([...(epochs.get(number)?.counts ?? [])].sort(([a], [b]) => a - b)),
    flushRelayed,
    async prune(oldest) {
      const gone = [...epochs].filter(([number]) => number < oldest);
      if (gone.length === 0) return;
      const bytes = gone.reduce((sum, [, { relayed }]) => sum + relayed, pruned.bytes);
      // The total first: a crash between the two steps counts nothing twice, since loading skips what was pruned.
      await writeFileAtomic(join(home, RELAYED_FILE), JSON.stringify({ throughEpoch: oldest - 1, bytes }));
      Object.assign(pruned, { throughEpoch: oldest - 1, bytes });
      for (const [number, epoch] of gone) {
        epochs.delete(number);
        await epoch.writing;
        await (await epoch.file)?.close();
        await unlink(join(home, spoolFile(number))).catch(() => undefined);
      }
      log.debug({ oldest, pruned: gone.length }, "old epochs pruned");
    },
    async close() {
      await flushRelayed();
      for (const epoch of epochs.values()) {
        await epoch.writing;
        await (await epoch.file)?.close();
        epoch.file = undefined;
      }
    },
  };
}

/** Writes what is queued in one append and one fsync, until nothing is left. */
async function drain(epoch: Epoch, path: string): Promise<void> {
  while (epoch.queue.length > 0) {
    // Lets everything that arrived in this turn of the loop join.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = epoch.queue.splice(0);
    try {
      const file = await (epoch.file ??= open(path, "a", 0o600));
      await file.appendFile((epoch.torn ? "\n" : "") + batch.map(({ text }) => text).join(""));
      await file.datasync();
      epoch.torn = false;
      for (const { done } of batch) done();
    } catch (error) {
      epoch.torn = true;
      await epoch.file?.then((file) => file.close()).catch(() => undefined);
      epoch.file = undefined;
      for (const { failed } of batch) failed(error as Error);
    }
  }
}

function emptyEpoch(): Epoch {
  return { held: new Set(), pending: new Map(), counts: new Map(), relayed: 0, relayedWritten: 0, file: undefined, queue: [], writing: undefined, torn: false };
}

async function loadEpoch(path: string): Promise<Epoch> {
  const epoch = emptyEpoch();
  const bytes = await readFile(path);
  // What a crash tore off was never acknowledged; appending behind it would spoil the next record.
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) await truncate(path, whole);
  for (const record of parseSpool(bytes.subarray(0, whole).toString("utf8"))) {
    if (record.type === "relayed") epoch.relayed = epoch.relayedWritten = record.bytes;
    else if (!epoch.held.has(`${record.slot}/${record.witness}`)) {
      epoch.held.add(`${record.slot}/${record.witness}`);
      epoch.counts.set(record.slot, (epoch.counts.get(record.slot) ?? 0) + 1);
    }
  }
  return epoch;
}

async function listEpochs(home: string): Promise<number[]> {
  const names = await readdir(join(home, SPOOL_DIR));
  return names.flatMap((name) => (/^\d+\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

async function readPruned(home: string): Promise<{ throughEpoch: number; bytes: number }> {
  try {
    const { throughEpoch, bytes } = JSON.parse(await readFile(join(home, RELAYED_FILE), "utf8"));
    if (Number.isSafeInteger(throughEpoch) && Number.isSafeInteger(bytes)) return { throughEpoch, bytes };
  } catch {
    // Nothing was pruned yet.
  }
  return { throughEpoch: -1, bytes: 0 };
}
