import { DEFAULT_WORK_BITS, MAX_WORK_BITS } from "./work.ts";

const WINDOW_MS = 5_000;
/** Strangers in one window that had to go for want of room, before it counts as load. */
const PRESSED_AT_LEAST = 3;
const MAX_STEP = 3;
/** One bit less after so long without pressure. */
const CALM_MS = 60_000;
/** Work by the descriptor before the last is good for so long: descriptors travel, and solving takes time. */
const GRACE_MS = 60_000;

/** How much work strangers must show (NET-6): it rises while more of them come than handshakes can be spared for, and falls again. */
export interface WorkDifficulty {
  /** Zero bits to publish in the descriptor, 16 to 24. */
  bits(): number;
  /** The least that was published within the last minute. */
  accepted(): number;
  /** A stranger with right work got its handshake, or did not for want of room. */
  tell(outcome: "admitted" | "pressed"): void;
}

export function createWorkDifficulty(nowMs: () => number = () => performance.now()): WorkDifficulty {
  let bits = DEFAULT_WORK_BITS;
  let changedMs = nowMs();
  let windowMs = changedMs;
  let counts = { admitted: 0, pressed: 0 };
  let easier: { bits: number; untilMs: number }[] = [];

  const look = () => {
    const now = nowMs();
    easier = easier.filter(({ untilMs }) => untilMs > now);
    if (now - windowMs < WINDOW_MS) return;
    const { admitted, pressed } = counts;
    windowMs = now;
    counts = { admitted: 0, pressed: 0 };
    if (pressed >= PRESSED_AT_LEAST) {
      // Whoever hashes with all it has comes half as often for every bit.
      const step = Math.round(Math.log2((admitted + pressed) / Math.max(1, admitted)));
      const harder = Math.min(MAX_WORK_BITS, bits + Math.min(MAX_STEP, Math.max(1, step)));
      if (harder > bits) easier.push({ bits, untilMs: now + GRACE_MS });
      bits = harder;
      changedMs = now;
    } else if (bits > DEFAULT_WORK_BITS && now - changedMs >= CALM_MS) {
      bits--;
      changedMs = now;
    }
  };
  return {
    bits() {
      look();
      return bits;
    },
    accepted() {
      look();
      return Math.min(bits, ...easier.map((each) => each.bits));
    },
    tell(outcome) {
      look();
      counts[outcome]++;
    },
  };
}
