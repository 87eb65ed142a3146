import { epochAt, slotAt, slotSeconds } from "../core/epochTime.ts";
import type { ProtocolParameters } from "../core/parameters.ts";

/** A moment in protocol time. */
export interface SlotTime {
  epoch: number;
  slot: number;
}

/** Chain time: everything that follows epochs and slots asks this clock, so that tests can replace it. */
export interface EpochClock {
  /** Chain time, milliseconds since 1970. */
  nowMs(): number;
  now(): SlotTime;
  /** Calls back once in each slot that begins, with the newest one after a sleep of the machine. @returns how to stop. */
  onSlot(callback: (time: SlotTime) => void): () => void;
  /** Calls back once in each epoch that begins. @returns how to stop. */
  onEpoch(callback: (epoch: number) => void): () => void;
  /** Resolves when chain time reaches `ms`; at once if it has. @throws the signal's reason */
  sleepUntil(ms: number, signal: AbortSignal): Promise<void>;
  /** Corrects the clock by what the chain says: the timestamp of its latest block, in seconds. */
  follow(headTimestamp: number): void;
  close(): void;
}

/** A block's timestamp may trail the wall clock by one block; only a greater distance moves the offset. */
const TOLERATED_LAG_MS = 15_000;
/** Node's timers overflow at 2^31 ms. */
const LONGEST_SLEEP_MS = 60_000;

/**
 * @param options.offsetMs chain time less wall time. `follow` corrects it where a development chain was warped; on a
 * live chain it stays as it is, since block timestamps are the wall clock's.
 */
export function createEpochClock(
  parameters: ProtocolParameters,
  options: { offsetMs?: number; wallMs?: () => number } = {},
): EpochClock {
  const wallMs = options.wallMs ?? Date.now;
  let offsetMs = options.offsetMs ?? 0;
  const slotCallbacks = new Set<(time: SlotTime) => void>();
  const stopped = new AbortController();

  const nowMs = () => wallMs() + offsetMs;
  const timeAt = (ms: number): SlotTime => ({ epoch: epochAt(parameters, ms / 1000), slot: slotAt(parameters, ms / 1000) });
  const now = () => timeAt(nowMs());
  const slotMs = slotSeconds(parameters) * 1000;
  let last = now();
  let timer: NodeJS.Timeout | undefined;

  /** @param seenMs the moment that was looked at last: a slot that begins after it must not be slept through. */
  const schedule = (seenMs: number) => {
    if (timer !== undefined || slotCallbacks.size === 0 || stopped.signal.aborted) return;
    const waitMs = slotMs - (seenMs % slotMs) - (nowMs() - seenMs);
    timer = setTimeout(tick, Math.min(Math.max(1, Math.ceil(waitMs)), LONGEST_SLEEP_MS));
  };
  const tick = () => {
    timer = undefined;
    const seenMs = nowMs();
    const time = timeAt(seenMs);
    if (time.epoch > last.epoch || (time.epoch === last.epoch && time.slot > last.slot)) {
      last = time;
      for (const callback of [...slotCallbacks]) callback(time);
    }
    schedule(seenMs);
  };
  const onSlot = (callback: (time: SlotTime) => void) => {
    const seenMs = nowMs();
    if (slotCallbacks.size === 0) last = timeAt(seenMs);
    slotCallbacks.add(callback);
    schedule(seenMs);
    return () => {
      slotCallbacks.delete(callback);
      if (slotCallbacks.size > 0 || timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
    };
  };

  return {
    nowMs,
    now,
    onSlot,
    onEpoch(callback) {
      let epoch = now().epoch;
      return onSlot((time) => {
        if (time.epoch <= epoch) return;
        epoch = time.epoch;
        callback(epoch);
      });
    },
    async sleepUntil(ms, signal) {
      const either = AbortSignal.any([signal, stopped.signal]);
      either.throwIfAborted();
      for (let waitMs = ms - nowMs(); waitMs > 0; waitMs = ms - nowMs()) {
        await pause(Math.min(Math.ceil(waitMs), LONGEST_SLEEP_MS), either);
      }
    },
    follow(headTimestamp) {
      const behindMs = nowMs() - headTimestamp * 1000;
      if (behindMs >= 0 && behindMs <= TOLERATED_LAG_MS) return;
      offsetMs = headTimestamp * 1000 - wallMs();
      clearTimeout(timer);
      timer = undefined;
      schedule(nowMs());
    },
    close() {
      stopped.abort(new Error("the clock was closed"));
      clearTimeout(timer);
      slotCallbacks.clear();
    },
  };
}

/** The global timer, not timers/promises: tests replace it. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
