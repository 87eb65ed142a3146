import assert from "node:assert/strict";
import { createLeadElection } from "../../../node/session/electLead.ts";
import type { SessionPath } from "../../../node/session/path.ts";
import { createPathHealth } from "../../../node/session/pathHealth.ts";
import { createRandom } from "../../chaos/delayLine.ts";

describe("node/session election of the lead (NET-12)", () => {
  function start() {
    const now = { ms: 0 };
    const paths = [0, 1, 2].map(() => ({ suspect: false, leaving: false, health: createPathHealth(() => now.ms) })) as unknown as SessionPath[];
    const election = createLeadElection(() => now.ms);
    let lead: SessionPath | undefined = paths[0];
    let changes = 0;
    /** Ten pings a second on the lead, two on the others. @param rttMs of path i, of the lead or not */
    const run = (seconds: number, rttMs: (i: number, leads: boolean) => number) => {
      for (const endMs = now.ms + seconds * 1_000; now.ms < endMs; now.ms += 100) {
        for (const [i, path] of paths.entries()) if (path === lead || now.ms % 500 === 0) path.health.roundTrip(rttMs(i, path === lead));
        const elected = election.elect(paths, lead);
        if (elected !== lead) changes++;
        lead = elected;
      }
    };
    return { run, lead: () => paths.indexOf(lead as SessionPath), changes: () => changes };
  }

  it("jitter, and what waits behind lost packets on the path that carries the load, change nothing in ten minutes", () => {
    const random = createRandom(5);
    const { run, changes } = start();
    const jitter = () => Array.from({ length: 6 }, () => random() * 50).reduce((a, b) => a + b, 30);
    run(600, (_, leads) => jitter() + (random() < (leads ? 0.5 : 0.3) ? 250 * (1 + Math.floor(random() * 2)) : 0));
    assert.equal(changes(), 0);
  });

  it("a lead that has become slower is left, after some seconds, once", () => {
    const { run, lead, changes } = start();
    run(30, () => 40);
    assert.equal(lead(), 0);
    run(40, (i) => (i === 0 ? 90 : 40));
    assert.notEqual(lead(), 0);
    assert.equal(changes(), 1);
  });
});
