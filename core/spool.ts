import { z } from "zod";
import type { Hex } from "viem";

/**
 * The files that a node writes and its worker reads; nothing else is shared between them.
 * All are append-only JSON lines below the node's home; a torn last line is ignored.
 *   spool/<epoch>.jsonl       receipts held, and the running total of relayed bytes of that epoch
 *   vouchers/received.jsonl   vouchers by which others pay this node
 */
export const SPOOL_DIR = "spool";
export const RECEIVED_VOUCHERS_FILE = "vouchers/received.jsonl";

const hex = z.string().regex(/^0x[0-9a-f]*$/).transform((value) => value as Hex);

const spoolRecordSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("receipt"), slot: z.number().int(), witness: z.number().int(), signature: hex }),
  /** Bytes relayed for others in this epoch so far; the last record counts. */
  z.object({ type: z.literal("relayed"), bytes: z.number().int() }),
]);
export type SpoolRecord = z.infer<typeof spoolRecordSchema>;

const receivedVoucherSchema = z.object({
  channel: hex,
  /** Wei, decimal. */
  cumulative: z.string().regex(/^\d+$/).transform(BigInt),
  signature: hex,
});
/** A voucher held; the highest cumulative of a channel counts. */
export type ReceivedVoucher = z.infer<typeof receivedVoucherSchema>;

export function spoolFile(epoch: number): string {
  return `${SPOOL_DIR}/${epoch}.jsonl`;
}

export function parseSpool(text: string): SpoolRecord[] {
  return parseLines(text, spoolRecordSchema);
}

export function encodeSpoolRecord(record: SpoolRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** @returns the highest voucher of each channel. */
export function parseReceivedVouchers(text: string): Map<Hex, ReceivedVoucher> {
  const highest = new Map<Hex, ReceivedVoucher>();
  for (const voucher of parseLines(text, receivedVoucherSchema)) {
    const known = highest.get(voucher.channel);
    if (known === undefined || voucher.cumulative > known.cumulative) highest.set(voucher.channel, voucher);
  }
  return highest;
}

export function encodeReceivedVoucher(voucher: ReceivedVoucher): string {
  return `${JSON.stringify({ ...voucher, cumulative: voucher.cumulative.toString() })}\n`;
}

/** Only whole lines count: what a crash tore off was never acknowledged. */
function parseLines<T>(text: string, schema: z.ZodType<T>): T[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const records: T[] = [];
  for (const line of whole.split("\n")) {
    if (line === "") continue;
    const parsed = schema.safeParse(safeJson(line));
    if (parsed.success) records.push(parsed.data);
  }
  return records;
}

function safeJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
