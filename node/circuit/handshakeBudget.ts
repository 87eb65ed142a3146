import { createFairQueue, type FairQueue } from "./fairQueue.ts";

/** NET-6: what handshakes may take of the event loop's time, and how the kinds of preface share it. */
export const HANDSHAKE_SHARE = 0.25;
export const KIND_SHARES = { ticket: 0.5, token: 0.3, work: 0.2 } as const;
export type HandshakeKind = keyof typeof KIND_SHARES;
const KINDS = Object.keys(KIND_SHARES) as HandshakeKind[];

/** Milliseconds of handshakes that a kind, and the pool of what all left unused, may save up for a rush. */
const SAVED_MS = 100;
const POOL_MS = 100;
/** Handshakes of a kind that wait for their turn; who comes then, or waits for so long, is reset before TLS. */
const MAX_WAITING = 128;
const MAX_WAIT_MS = 2_000;
/** A measured time beyond it was not the handshake's own: the machine stood still. */
const MAX_COST_MS = 5;
const PUMP_MS = 3;

/**
 * Shares the loop's time among handshakes (NET-6). Every kind earns its share; what it leaves unused goes into a pool
 * that whoever needs more may borrow from, by the same shares. One handshake a turn of the loop: data goes in between.
 */
export interface HandshakeBudget {
  /** True when it may begin, false if it must be refused. Owners of one kind take turns. */
  enter(kind: HandshakeKind, owner: string): Promise<boolean>;
  /** What a handshake took. */
  charge(kind: HandshakeKind, ms: number): void;
  waiting(kind: HandshakeKind): number;
  /** Refuses all that wait. */
  close(): void;
}

interface Waiting {
  settle(granted: boolean): void;
}

interface Account {
  creditMs: number;
  /** Taken from the pool so far, over the kind's share: who has the least is next. */
  borrowed: number;
  queue: FairQueue<Waiting>;
}

export function createHandshakeBudget(share: number = HANDSHAKE_SHARE, nowMs: () => number = () => performance.now()): HandshakeBudget {
  const accountOf = (kind: HandshakeKind): Account => ({ creditMs: SAVED_MS * KIND_SHARES[kind], borrowed: 0, queue: createFairQueue(MAX_WAITING) });
  const accounts: Record<HandshakeKind, Account> = { ticket: accountOf("ticket"), token: accountOf("token"), work: accountOf("work") };
  let poolMs = POOL_MS;
  let atMs = nowMs();
  let granted = false;
  let timer: NodeJS.Timeout | undefined;

  const earn = () => {
    const now = nowMs();
    const earned = Math.max(0, now - atMs) * share;
    atMs = now;
    for (const kind of KINDS) {
      const account = accounts[kind];
      const credit = account.creditMs + earned * KIND_SHARES[kind];
      account.creditMs = Math.min(credit, SAVED_MS * KIND_SHARES[kind]);
      poolMs += credit - account.creditMs;
    }
    poolMs = Math.min(poolMs, POOL_MS);
  };
  const next = (): HandshakeKind | undefined => {
    const waiting = KINDS.filter((kind) => accounts[kind].queue.size > 0);
    const own = waiting.find((kind) => accounts[kind].creditMs > 0);
    if (own !== undefined || poolMs <= 0 || waiting.length === 0) return own;
    return waiting.reduce((least, kind) => (accounts[kind].borrowed < accounts[least].borrowed ? kind : least));
  };
  /** Lets one begin; the next one on the loop's next turn, or once there is time for it. */
  const pump = () => {
    timer = undefined;
    earn();
    const kind = next();
    const waiting = kind === undefined ? undefined : accounts[kind].queue.shift();
    granted = waiting !== undefined;
    waiting?.settle(true);
    const more = KINDS.some((each) => accounts[each].queue.size > 0);
    if (granted) setImmediate(pump);
    else if (more) timer = setTimeout(pump, PUMP_MS);
    else for (const each of KINDS) accounts[each].borrowed = 0;
  };

  return {
    enter(kind, owner) {
      const { queue } = accounts[kind];
      return new Promise((resolve) => {
        const entry: Waiting = {
          settle(result) {
            clearTimeout(deadline);
            resolve(result);
          },
        };
        const deadline = setTimeout(() => {
          if (queue.remove(owner, entry)) resolve(false);
        }, MAX_WAIT_MS);
        queue.push(owner, entry)?.settle(false);
        if (granted || timer !== undefined) return;
        pump();
      });
    },
    charge(kind, ms) {
      const account = accounts[kind];
      account.creditMs -= Math.min(ms, MAX_COST_MS);
      if (account.creditMs >= 0) return;
      const lent = Math.min(Math.max(0, poolMs), -account.creditMs);
      poolMs -= lent;
      account.creditMs += lent;
      account.borrowed += lent / KIND_SHARES[kind];
    },
    waiting: (kind) => accounts[kind].queue.size,
    close() {
      clearTimeout(timer);
      for (const kind of KINDS) for (let each = accounts[kind].queue.shift(); each !== undefined; each = accounts[kind].queue.shift()) each.settle(false);
    },
  };
}
