import assert from "node:assert/strict";
import { createReader } from "../../chain/createReader.ts";
import { devnetParameters } from "../../core/parameters.ts";
import { createChainFollower } from "../../node/chainFollower.ts";
import { createEpochClock } from "../../runtime/epochClock.ts";
import { startFakeChain } from "./fakeChain.ts";

describe("chain follower", () => {
  const follow = async (live: boolean, headAheadOfWallSeconds: number[]) => {
    const chain = await startFakeChain([]);
    const clock = createEpochClock(devnetParameters(12));
    try {
      const step = createChainFollower(createReader({ chainId: 31337, rpcUrls: [chain.url] }), clock, live);
      const offsets: number[] = [];
      for (const seconds of headAheadOfWallSeconds) {
        chain.state.aheadSeconds = seconds;
        await step();
        offsets.push(Math.round((clock.nowMs() - Date.now()) / 1000));
      }
      return offsets;
    } finally {
      clock.close();
      chain.close();
    }
  };
  const near = (got: number[], want: number[]) => got.forEach((value, i) => assert.ok(Math.abs(value - want[i]!) <= 1, `${got} for ${want}`));

  it("a development chain may be behind at first, and warped ahead later", async () => near(await follow(false, [-3_600, -3_600, 500]), [-3_600, -3_600, 500]));
  it("a development chain that stalls does not turn the clock back", async () => near(await follow(false, [0, -60, 0]), [0, 0, 0]));
  it("a live chain never moves the clock", async () => near(await follow(true, [-60, 60]), [0, 0]));
});
