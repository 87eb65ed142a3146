import { performance, type EventLoopUtilization } from "node:perf_hooks";

const MAX_TUNNELS = 2_000;
const SMOOTHING = 0.2;

/** How busy this node is, 0 idle to 9 full: its event loop or its tunnels, whichever is fuller (NET-2). */
export function createLoadMeter(tunnels: () => number) {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  let busy = 0;
  return {
    /** Once a second. */
    tick() {
      const now = performance.eventLoopUtilization();
      busy += SMOOTHING * (performance.eventLoopUtilization(now, last).utilization - busy);
      last = now;
    },
    bucket: () => Math.min(9, Math.floor(10 * Math.max(busy, tunnels() / MAX_TUNNELS))),
  };
}
