import { PACKET_BYTES, UNIT_WEI } from "../../../../core/parameters.ts";

export interface Hop {
  nodeId: string;
  region?: string;
}

export interface PaymentChannel {
  /** Null until one is known. */
  channel: string | null;
  /** Node id of the guard that it pays. */
  payee: string;
  signedWei: string;
  meteredWei: string;
  /** Null or missing while the chain was not read, or from an older client. */
  depositWei?: string | null;
  leftWei?: string | null;
}

export interface SessionPathView {
  role: string;
  rttMs: number | null;
  suspect: boolean;
  bytes: number;
  hops: Hop[];
}

/** `/v1/status` of a client. */
export interface ClientStatus {
  version: string;
  payer: string;
  circuit: Hop[] | null;
  circuits: { active: number; spare: number; retiring: number };
  /** Missing: an older client. Null: no circuit stands. */
  session?: { ageSeconds: number; streams: number; switchOvers: number; lostCircuits: number; bytes: number; paths: SessionPathView[] } | null;
  waitingFor: string | null;
  guards: { nodeId: string; region?: string; connected: boolean; ready: boolean; rttMs: number | null }[];
  streams: number;
  bytes: number;
  spentWei: string;
  channels: PaymentChannel[];
}

/** The least that a client prepays (NET-19): with less left it builds no circuit. */
const LEAST_PACKETS = 10n;
/** From this share of the deposit on it is time to think of more. */
const LOW_SHARE_PERCENT = 20n;

export type ChannelLevel = "enough" | "low" | "spent" | "unknown";

/** How long a channel lasts. @param hops relays of a circuit; the guard is paid a unit a packet for each of them (NET-18) */
export function channelLevel({ depositWei, leftWei }: PaymentChannel, hops: number): { level: ChannelLevel; leftBytes: bigint | undefined; leftPercent: number | undefined } {
  if (depositWei === undefined || depositWei === null || leftWei === undefined || leftWei === null) return { level: "unknown", leftBytes: undefined, leftPercent: undefined };
  const [deposit, left] = [BigInt(depositWei), BigInt(leftWei)];
  const packets = left / (UNIT_WEI * BigInt(Math.max(1, hops)));
  const level = packets < LEAST_PACKETS ? "spent" : left * 100n < deposit * LOW_SHARE_PERCENT ? "low" : "enough";
  return { level, leftBytes: packets * BigInt(PACKET_BYTES), leftPercent: deposit === 0n ? 0 : Number((left * 1_000n) / deposit) / 10 };
}

/** What went by between two looks at the client. Wei. */
export interface Cost {
  /** Promised to guards by vouchers: they are prepaid in steps. */
  signedWei: bigint;
  /** Of that used up, as the client meters it. */
  usedWei: bigint;
  bytes: number;
  /** Other connections of the client ran meanwhile: not all of it is the test's. */
  isShared: boolean;
}

/** A client that was started anew in between counts from nothing: then nothing can be said. */
export function costBetween(before: ClientStatus, after: ClientStatus): Cost | undefined {
  const signedWei = BigInt(after.spentWei) - BigInt(before.spentWei);
  const usedWei = meteredOf(after) - meteredOf(before);
  const bytes = after.bytes - before.bytes;
  if (before.payer !== after.payer || signedWei < 0n || usedWei < 0n || bytes < 0) return undefined;
  return { signedWei, usedWei, bytes, isShared: before.streams > 0 || after.streams > 0 };
}

function meteredOf({ channels }: ClientStatus): bigint {
  return channels.reduce((sum, { meteredWei }) => sum + BigInt(meteredWei), 0n);
}
