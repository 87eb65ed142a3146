import type { Screen } from "../progress.ts";

const QUIET_MS = 2_000;
const REDRAW_MS = 200;
/** Elsewhere than on a terminal each line stays. */
const LINE_MS = 5_000;

/** Says how far work has come once it takes longer than two seconds: one line, redrawn on a terminal. */
export function showSlowWork(screen: Screen): { show(text: string): void; close(): void } {
  const startedMs = performance.now();
  const every = screen.isTTY === true ? REDRAW_MS : LINE_MS;
  let shownMs = -Infinity;
  let drawn = false;
  return {
    show(text) {
      const now = performance.now();
      if (now - startedMs < QUIET_MS || now - shownMs < every) return;
      shownMs = now;
      drawn = true;
      screen.write(screen.isTTY === true ? `\r\x1b[K${text.slice(0, (screen.columns ?? 80) - 1)}` : `${text}\n`);
    },
    close() {
      if (drawn && screen.isTTY === true) screen.write("\r\x1b[K");
      drawn = false;
    },
  };
}
