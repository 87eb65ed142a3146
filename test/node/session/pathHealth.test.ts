import assert from "node:assert/strict";
import { createPathHealth } from "../../../node/session/pathHealth.ts";

describe("node/session path health (NET-12)", () => {
  const now = { ms: 1_000 };
  const silent = (health: ReturnType<typeof createPathHealth>, ms: number) => {
    const sinceMs = now.ms;
    now.ms += ms;
    health.heard(sinceMs);
  };

  it("suspects after 300 ms, or a round trip and four times its variation", () => {
    const health = createPathHealth(() => now.ms);
    assert.equal(health.suspectAfterMs(), 300);
    health.roundTrip(200);
    assert.equal(health.suspectAfterMs(), 200 + 4 * 100);
    for (let i = 0; i < 200; i++) health.roundTrip(10);
    assert.equal(health.suspectAfterMs(), 300);
  });

  it("one machine that stood still changes nothing; a way that is often silent is given twice its longest", () => {
    const health = createPathHealth(() => now.ms);
    silent(health, 1_200);
    silent(health, 100);
    silent(health, 400);
    assert.equal(health.suspectAfterMs(), 300, "two long ones are no habit");
    silent(health, 200);
    assert.equal(health.suspectAfterMs(), 2_400);
    now.ms += 120_000;
    assert.equal(health.suspectAfterMs(), 300, "forgotten after two minutes");
    for (let i = 0; i < 3; i++) silent(health, 4_000);
    assert.equal(health.suspectAfterMs(), 2_500);
  });

  it("silence counts only while an answer is due, and not what this process stood still", () => {
    const health = createPathHealth(() => now.ms);
    now.ms += 10_000;
    assert.equal(health.silenceMs(undefined), 0);
    assert.equal(health.silenceMs(now.ms - 50), 50);
    health.forgive(10_000);
    assert.equal(health.silenceMs(now.ms - 5_000), 0);
  });
});
