import assert from "node:assert/strict";
import type { RowOptions, Trial } from "./row.ts";
import { runFaults, withNetwork } from "./light/faultRow.ts";
import { startLightNetwork, type LightNetwork } from "./light/lightNetwork.ts";
import { faultRows, runLoss } from "./light/rows.ts";

/** The long form, with figures: node test/chaos/run.ts <row>. Here little is asked of the time: a gate's machine is busy. */
const OPTIONS: RowOptions = { trials: 2, seed: 4, rttMs: 0, bytesPerSecond: 5e6, seconds: 5, duplicate: false, onTrial: () => undefined };

describe("chaos: a download through relays of which one fails", function () {
  this.timeout(60_000);
  let network: LightNetwork;
  before(async () => (network = await startLightNetwork({ relays: 8, rttMs: 0, seed: OPTIONS.seed })));
  after(() => network?.close());

  const allOk = (trials: readonly Trial[]) => assert.deepEqual(trials.filter(({ ok }) => !ok), []);
  const most = (trials: readonly Trial[], figure: string) => Math.max(...trials.map(({ figures }) => figures[figure] ?? Number.POSITIVE_INFINITY));

  for (const [row, what] of [["middle-kill", "the middle relay"], ["entry-kill", "the entry"]] as const) {
    it(`NET-9, NET-12 kill -9 of ${what}: every byte comes, after two seconds at most`, async () => {
      const trials = await runFaults(network, faultRows[row].fault, OPTIONS);
      allOk(trials);
      assert.ok(most(trials, "gapMs") < 2_000, `${most(trials, "gapMs")} ms`);
    });
  }

  it("NET-12 the middle relay stands still: noticed before it counts as dead, every byte comes", async () => {
    const trials = await runFaults(network, faultRows["middle-stop"].fault, OPTIONS);
    allOk(trials);
    assert.ok(most(trials, "noticedMs") < 4_500, `${most(trials, "noticedMs")} ms`);
    assert.ok(most(trials, "gapMs") < 5_000, `${most(trials, "gapMs")} ms`);
  });

  it("NET-13 kill -9 of the exit: its streams are reset, the next connection works, both within four seconds", async () => {
    const trials = await runFaults(network, faultRows["exit-kill"].fault, OPTIONS);
    allOk(trials);
    assert.ok(most(trials, "resetMs") < 4_000, `${most(trials, "resetMs")} ms`);
    assert.ok(most(trials, "nextMs") < 4_000, `${most(trials, "nextMs")} ms`);
  });
});

describe("chaos: a lossy network", function () {
  this.timeout(60_000);

  it("NET-12 5 % loss and 50 ms of jitter break nothing", async () => {
    const options = { ...OPTIONS, rttMs: 30, bytesPerSecond: 300_000, forceDelays: true };
    const trials = await withNetwork(options, (network) => runLoss(network, options));
    assert.ok(trials.length > 0);
    assert.deepEqual(trials.flatMap(({ note }) => (note === undefined || /^intact/.test(note) ? [] : [note])), []);
  });
});
