const CACK_BYTES = 32_000;
const CACK_MS = 25;
/** At full speed one CACK says for several: each costs three layers of TLS and a system call a hop. */
const FULL_SPEED_CACK_MS = 2;

/** When to tell the other side how much came: 25 ms after the first byte, 2 ms after 32 kB (NET-11). */
export interface CackClock {
  received(bytes: number): void;
  /** The total to tell now; undefined if none is due. */
  take(): number | undefined;
  due(): boolean;
  stop(): void;
}

/** @param onDue something is to be taken */
export function createCackClock(onDue: () => void): CackClock {
  let total = 0;
  let told = 0;
  let due = false;
  let soon = false;
  let timer: NodeJS.Timeout | undefined;
  const ring = () => {
    timer = undefined;
    soon = false;
    if (total === told) return;
    due = true;
    onDue();
  };
  return {
    received(bytes) {
      total += bytes;
      const many = total - told >= CACK_BYTES;
      if (timer !== undefined && (!many || soon)) return;
      clearTimeout(timer);
      soon = many;
      timer = setTimeout(ring, many ? FULL_SPEED_CACK_MS : CACK_MS);
    },
    take() {
      if (!due) return undefined;
      due = false;
      told = total;
      return total;
    },
    due: () => due,
    stop: () => clearTimeout(timer),
  };
}
