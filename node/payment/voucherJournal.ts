import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Hex } from "viem";
import { z } from "zod";
import { encodeReceivedVoucher, parseReceivedVouchers, type ReceivedVoucher } from "../../core/spool.ts";
import { X0tError } from "../../core/x0tError.ts";

/** A file of vouchers is rewritten with the highest ones only when it has grown by so much. */
const COMPACT_AT_BYTES = 4 * 1024 * 1024;

/** A voucher and the pair that it pays; readers of the spool format see the voucher. */
export interface PairVoucher extends ReceivedVoucher {
  /** Key of the pair, see pairStore.ts. */
  pair: string;
}

/** Append-only JSON lines: a voucher is written before it is used (NET-19). */
export interface VoucherJournal {
  /** The highest voucher of each channel. */
  readonly highest: ReadonlyMap<Hex, PairVoucher>;
  /** Returns when the operating system has the line: a killed process loses nothing. @throws X0T_VOUCHER_FILE */
  append(voucher: PairVoucher): void;
  /** Removes all vouchers of these pairs from memory and file, for good. @throws X0T_VOUCHER_FILE */
  forget(pairs: ReadonlySet<string>): void;
  /** True if something was appended since the last `sync`. */
  dirty(): boolean;
  /** fdatasync: from here on a power cut loses nothing either. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const pairSchema = z.object({ channel: z.string(), pair: z.string() });

export function openVoucherJournal(file: string): VoucherJournal {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const highest = readJournal(file);
  let fd = openSync(file, "a", 0o600);
  cutTornLine(file, fd);
  let size = fstatSync(fd).size;
  let unsynced = false;

  /** Synchronous, so that no voucher can be appended to the file that is about to be replaced. */
  function compact(): void {
    const temporary = `${file}.tmp`;
    const fresh = openSync(temporary, "w", 0o600);
    try {
      // Whole or an error: on a full disk writeSync may write a part and say so by its count only.
      writeFileSync(fresh, [...highest.values()].map(encodeReceivedVoucher).join(""));
      fdatasyncSync(fresh);
    } finally {
      closeSync(fresh);
    }
    renameSync(temporary, file);
    closeSync(fd);
    fd = openSync(file, "a", 0o600);
    size = fstatSync(fd).size;
  }

  return {
    highest,
    append(voucher) {
      const line = encodeReceivedVoucher(voucher);
      try {
        if (writeSync(fd, line) < line.length) throw new Error("the disk is full");
      } catch (cause) {
        ftruncateSync(fd, size);
        throw new X0tError("X0T_VOUCHER_FILE", `Cannot write ${file}: ${(cause as Error).message}. Free some space.`, {
          retryable: true,
          cause,
        });
      }
      size += line.length;
      unsynced = true;
      const known = highest.get(voucher.channel);
      if (known === undefined || voucher.cumulative > known.cumulative) highest.set(voucher.channel, voucher);
    },
    forget(pairs) {
      for (const [channel, { pair }] of highest) if (pairs.has(pair)) highest.delete(channel);
      try {
        compact();
      } catch (cause) {
        throw new X0tError("X0T_VOUCHER_FILE", `Cannot write ${file}: ${(cause as Error).message}. Free some space.`, { retryable: true, cause });
      }
    },
    dirty: () => unsynced,
    async sync() {
      if (size > COMPACT_AT_BYTES) compact();
      if (!unsynced) return;
      unsynced = false;
      try {
        await promisify(fdatasync)(fd);
      } catch (error) {
        unsynced = true;
        throw error;
      }
    },
    async close() {
      await this.sync();
      closeSync(fd);
    },
  };
}

function readJournal(file: string): Map<Hex, PairVoucher> {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const pairs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const parsed = pairSchema.safeParse(safeJson(line));
    if (parsed.success) pairs.set(parsed.data.channel, parsed.data.pair);
  }
  const highest = new Map<Hex, PairVoucher>();
  for (const [channel, voucher] of parseReceivedVouchers(text)) {
    highest.set(channel, { ...voucher, pair: pairs.get(channel) ?? "" });
  }
  return highest;
}

/** A crash may leave half a line: the next one must not be glued to it. */
function cutTornLine(file: string, fd: number): void {
  const bytes = readFileSync(file);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) ftruncateSync(fd, whole);
}

function safeJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
