import type { Sent } from "./followTransaction.ts";

/** A transaction of this tab, remembered through a reload. */
export interface SentTransaction extends Sent {
  /** "Stake 100 X0T". */
  title: string;
  chainId: number;
  sentAtMs: number;
  /** True once it is known what became of it. */
  isDecided?: boolean;
}

/** Kept for this many; the oldest go. */
const MOST = 20;
const KEY = "x0t.sent";
const listeners = new Set<() => void>();
type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Newest first. */
export function readSent(store: Store = sessionStorage): readonly SentTransaction[] {
  try {
    const list = JSON.parse(store.getItem(KEY) ?? "[]") as unknown;
    return Array.isArray(list) ? list.filter(isSent) : [];
  } catch {
    return [];
  }
}

export function rememberSent(sent: SentTransaction, store: Store = sessionStorage): void {
  const others = readSent(store).filter(({ hash }) => hash !== sent.hash);
  store.setItem(KEY, JSON.stringify([sent, ...others].slice(0, MOST)));
  for (const listener of listeners) listener();
}

export function forgetSent(store: Store = sessionStorage): void {
  store.removeItem(KEY);
  for (const listener of listeners) listener();
}

/** @returns how to stop. */
export function onSentChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isSent(value: unknown): value is SentTransaction {
  const each = value as Partial<SentTransaction> | null;
  return typeof each?.hash === "string" && typeof each.from === "string" && typeof each.title === "string" && typeof each.chainId === "number" && typeof each.sentAtMs === "number";
}
