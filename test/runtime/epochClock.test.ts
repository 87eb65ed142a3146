import assert from "node:assert/strict";
import { mock } from "node:test";
import { devnetParameters } from "../../core/parameters.ts";
import { createEpochClock, type EpochClock } from "../../runtime/epochClock.ts";

/** 12 s epochs: slots of one second. */
const PARAMETERS = devnetParameters(12);
const START_MS = 1_200_000;

describe("epoch clock", () => {
  let clock: EpochClock;

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: START_MS });
    clock = createEpochClock(PARAMETERS);
  });
  afterEach(() => {
    clock.close();
    mock.timers.reset();
  });

  /** Timers that a callback sets only run when time passes in steps. */
  const pass = (ms: number) => {
    for (let step = 0; step < ms; step += 100) mock.timers.tick(100);
  };

  it("calls back once in each slot and each epoch that begins", () => {
    const slots: string[] = [];
    const epochs: number[] = [];
    clock.onSlot(({ epoch, slot }) => slots.push(`${epoch}/${slot}`));
    clock.onEpoch((epoch) => epochs.push(epoch));
    pass(13_000);
    assert.deepEqual(slots, [...Array.from({ length: 11 }, (_, index) => `100/${index + 1}`), "101/0", "101/1"]);
    assert.deepEqual(epochs, [101]);
  });

  it("stops calling back when asked, and after close", () => {
    let calls = 0;
    const stop = clock.onSlot(() => calls++);
    pass(1_000);
    stop();
    pass(5_000);
    assert.equal(calls, 1);
    clock.onSlot(() => calls++);
    clock.close();
    pass(5_000);
    assert.equal(calls, 1);
  });

  it("names only the newest slot after the machine slept", () => {
    const slots: string[] = [];
    let asleepMs = 0;
    const sleepy = createEpochClock(PARAMETERS, { wallMs: () => Date.now() + asleepMs });
    sleepy.onSlot(({ epoch, slot }) => slots.push(`${epoch}/${slot}`));
    asleepMs = 30_000;
    pass(1_000);
    assert.deepEqual(slots, ["102/7"]);
    sleepy.close();
  });

  it("does not sleep through a slot that begins while it looks at the time", () => {
    const slots: number[] = [];
    let early = false;
    // Timers may be a millisecond early: the first reading is still of the old slot, the next one of the new.
    const wallMs = () => {
      const ms = Date.now() - (early ? 1 : 0);
      early = false;
      return ms;
    };
    const hasty = createEpochClock(PARAMETERS, { wallMs });
    hasty.onSlot(({ slot }) => slots.push(slot));
    pass(1_900);
    early = true;
    pass(2_600);
    assert.deepEqual(slots, [1, 2, 3, 4]);
    hasty.close();
  });

  it("follows the chain where it was warped, and not the lag of a block", () => {
    clock.follow(START_MS / 1000 - 2);
    assert.equal(clock.nowMs(), START_MS);
    clock.follow(START_MS / 1000 + 36);
    assert.deepEqual(clock.now(), { epoch: 103, slot: 0 });
    clock.follow(START_MS / 1000 - 36);
    assert.deepEqual(clock.now(), { epoch: 97, slot: 0 });
  });

  it("tells the epoch that a warp of the chain began", () => {
    const epochs: number[] = [];
    clock.onEpoch((epoch) => epochs.push(epoch));
    clock.follow(START_MS / 1000 + 24);
    pass(1_000);
    assert.deepEqual(epochs, [102]);
  });

  it("sleeps until a moment of chain time, and wakes when aborted or closed", async () => {
    const signal = new AbortController();
    let woke = false;
    const sleep = clock.sleepUntil(START_MS + 500, signal.signal).then(() => (woke = true));
    mock.timers.tick(499);
    await Promise.resolve();
    assert.equal(woke, false);
    mock.timers.tick(1);
    await sleep;
    const aborted = clock.sleepUntil(START_MS + 90_000, signal.signal);
    signal.abort(new Error("enough"));
    await assert.rejects(aborted, /enough/);
    const closed = clock.sleepUntil(START_MS + 90_000, new AbortController().signal);
    clock.close();
    await assert.rejects(closed, /closed/);
  });
});
