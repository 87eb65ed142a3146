/** Maximum of the last half to whole `memoryMs`, in two halves. */
export interface WindowedMax {
  add(value: number): void;
  value(): number | undefined;
}

export function createWindowedMax(memoryMs: number, nowMs: () => number): WindowedMax {
  let current: number | undefined;
  let previous: number | undefined;
  let startedMs = nowMs();
  const turn = () => {
    const age = nowMs() - startedMs;
    if (age < memoryMs / 2) return;
    previous = age < memoryMs ? current : undefined;
    current = undefined;
    startedMs = nowMs();
  };
  return {
    add(value) {
      turn();
      current = current === undefined ? value : Math.max(current, value);
    },
    value() {
      turn();
      if (current === undefined) return previous;
      return previous === undefined ? current : Math.max(current, previous);
    },
  };
}
