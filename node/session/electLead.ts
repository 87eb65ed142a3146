import type { SessionPath } from "./path.ts";

/** NET-12: another path must be better by so much to take the lead. */
const HYSTERESIS = 0.8;
const LEAST_GAIN_MS = 5;
/** Voluntary changes of the lead are at least so far apart. */
const CALM_MS = 5_000;

/** The client's choice of the path to send on: the least round trip, with hysteresis; silent paths last. */
export interface LeadElection {
  /** @param lead what it is now; may be lost. Undefined if there is no path. */
  elect(paths: readonly SessionPath[], lead: SessionPath | undefined): SessionPath | undefined;
}

export function createLeadElection(nowMs: () => number = () => performance.now()): LeadElection {
  let changedMs = Number.NEGATIVE_INFINITY;
  const rtt = (path: SessionPath) => path.health.srttMs() ?? Number.MAX_VALUE;
  const least = (path: SessionPath) => path.health.leastRttMs() ?? Number.MAX_VALUE;
  const isBetter = (ms: number, heldMs: number) => ms < HYSTERESIS * heldMs && heldMs - ms >= LEAST_GAIN_MS;
  return {
    elect(paths, lead) {
      const lasting = paths.filter((path) => !path.suspect && !path.leaving);
      const well = lasting.length > 0 ? lasting : paths.filter((path) => !path.suspect);
      const held = lead !== undefined && paths.includes(lead) ? lead : undefined;
      if (well.length === 0) return held ?? leastBy(paths, (path) => -path.health.lastHeardMs());
      const best = leastBy(well, rtt) as SessionPath;
      if (held !== undefined && well.includes(held)) {
        // The smoothed round trips say that it is worse now, the least ones that it is not just jitter, losses, or its own load.
        const noiseMs = 2 * Math.max(best.health.rttvarMs(), held.health.rttvarMs());
        const better = rtt(held) - rtt(best) >= noiseMs && isBetter(rtt(best), rtt(held)) && isBetter(least(best), least(held));
        if (!better || nowMs() - changedMs < CALM_MS) return held;
      }
      changedMs = nowMs();
      return best;
    },
  };
}

/** The exit follows the client's roles, and helps itself where they do not work. */
export function electByRole(paths: readonly SessionPath[]): SessionPath | undefined {
  return leastBy(paths, (path) => (path.suspect ? 10 : 0) - path.role);
}

function leastBy(paths: readonly SessionPath[], measure: (path: SessionPath) => number): SessionPath | undefined {
  return paths.reduce<SessionPath | undefined>((least, path) => (least === undefined || measure(path) < measure(least) ? path : least), undefined);
}
