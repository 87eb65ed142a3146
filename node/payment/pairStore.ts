import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Address, NodeId } from "../../core/ids.ts";
import { RECEIVED_VOUCHERS_FILE } from "../../core/spool.ts";
import { X0tError } from "../../core/x0tError.ts";
import { writeFileAtomic } from "../../runtime/atomicFile.ts";
import type { MeterState } from "./meter.ts";
import { openVoucherJournal, type VoucherJournal } from "./voucherJournal.ts";

export const METER_FILE = "meter.json";
/** Vouchers by which this process pays others; same format as the received ones. */
export const SIGNED_VOUCHERS_FILE = "vouchers/signed.jsonl";

/** Names one half of a pair: whom we pay, or who pays us (a relay, or a client by its payer address). */
export type PairKey = `to:${NodeId}` | `from:${NodeId}` | `client:${Address}`;

/** All that payments keep below a home; see docs/spec/payments.md for what a crash may cost. */
export interface PairStore {
  received: VoucherJournal;
  signed: VoucherJournal;
  /** The meter of a pair, made when new. The object is live: the store writes what it then holds. */
  meter(key: PairKey): MeterState;
  meters(): ReadonlyMap<PairKey, MeterState>;
  forget(key: PairKey): void;
  /** Writes meters and syncs vouchers if something changed. Calls do not overlap. */
  save(): Promise<void>;
  markDirty(): void;
  close(): Promise<void>;
}

const fileSchema = z.strictObject({
  version: z.literal(1),
  pairs: z.record(
    z.string().regex(/^(to|from|client):0x[0-9a-fA-F]+$/),
    z.strictObject({
      bytesByDepth: z.array(z.number().int().nonnegative()).max(5),
      adjustedUnits: z.string().regex(/^-?\d+$/),
    }),
  ),
});

/** @throws X0T_METER_CORRUPT */
export function openPairStore(home: string): PairStore {
  const file = join(home, METER_FILE);
  const meters = readMeters(file);
  const received = openVoucherJournal(join(home, RECEIVED_VOUCHERS_FILE));
  const signed = openVoucherJournal(join(home, SIGNED_VOUCHERS_FILE));
  let dirty = false;
  let saving: Promise<void> = Promise.resolve();

  async function saveNow(): Promise<void> {
    await Promise.all([received.sync(), signed.sync()]);
    if (!dirty) return;
    dirty = false;
    try {
      await writeFileAtomic(file, encodeMeters(meters), 0o600);
    } catch (error) {
      dirty = true;
      throw error;
    }
  }

  const save = () => (saving = saving.then(saveNow, saveNow));
  return {
    received,
    signed,
    meter(key) {
      let state = meters.get(key);
      if (state === undefined) {
        state = { bytesByDepth: [], adjustedUnits: 0n };
        meters.set(key, state);
      }
      return state;
    },
    meters: () => meters,
    forget(key) {
      if (meters.delete(key)) dirty = true;
    },
    save,
    markDirty() {
      dirty = true;
    },
    async close() {
      await save();
      await Promise.all([received.close(), signed.close()]);
    },
  };
}

function encodeMeters(meters: ReadonlyMap<PairKey, MeterState>): string {
  const pairs: Record<string, unknown> = {};
  for (const [key, state] of meters) {
    pairs[key] = { bytesByDepth: state.bytesByDepth, adjustedUnits: state.adjustedUnits.toString() };
  }
  return `${JSON.stringify({ version: 1, pairs })}\n`;
}

function readMeters(file: string): Map<PairKey, MeterState> {
  if (!existsSync(file)) return new Map();
  try {
    const { pairs } = fileSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    return new Map(
      Object.entries(pairs).map(([key, pair]) => [
        key as PairKey,
        { bytesByDepth: pair.bytesByDepth, adjustedUnits: BigInt(pair.adjustedUnits) },
      ]),
    );
  } catch (cause) {
    throw new X0tError(
      "X0T_METER_CORRUPT",
      `${file} cannot be read. Restore it from a backup, or remove it: each pair then starts from what its other side counts.`,
      { cause, data: { file } },
    );
  }
}
