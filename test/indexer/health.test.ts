import assert from "node:assert/strict";
import { createHealth, type Block, type IndexState, type Problem } from "../../indexer/health.ts";

const STALE_MS = 30_000;

/** A chain with a block a second, and an index of it; both can be broken. */
function setup() {
  const world = {
    now: 0,
    head: 1_000,
    /** Added to the timestamp of each block: another chain. */
    shift: 0,
    chainError: undefined as Error | undefined,
    index: { indexed: { number: 1_000, timestamp: 1_000 }, backfilled: true } as IndexState | Error,
  };
  const look = createHealth({
    staleMs: STALE_MS,
    now: () => world.now,
    readIndex: async () => {
      if (world.index instanceof Error) throw world.index;
      return world.index;
    },
    readBlock: async (which): Promise<Block> => {
      if (world.chainError !== undefined) throw world.chainError;
      const number = which === "latest" ? world.head : which;
      return { number, timestamp: number + world.shift };
    },
  });
  /** Looks every second for so long. */
  const problemAfter = async (seconds: number, eachSecond: () => void = () => undefined): Promise<Problem | null> => {
    for (let i = 0; i < seconds; i++) {
      world.now += 1_000;
      eachSecond();
      await look();
    }
    return (await look()).problem;
  };
  const index = (number: number) => {
    world.index = { indexed: { number, timestamp: number }, backfilled: true };
  };
  return { world, look, problemAfter, index };
}

describe("an indexer's health", () => {
  it("is good while the index follows the chain, and while the chain stands still", async () => {
    const { world, look, problemAfter, index } = setup();
    assert.equal(await problemAfter(100, () => index(++world.head)), null);
    assert.equal(await problemAfter(100), null);
    assert.deepEqual(await look(), {
      ready: true, problem: null, indexed: { number: 1_100, timestamp: 1_100 }, head: { number: 1_100, timestamp: 1_100 },
      lagBlocks: 0, lagSeconds: 0, lastError: null,
    });
  });

  it("is not while the past is being indexed", async () => {
    const { world, look } = setup();
    world.index = { indexed: { number: 10, timestamp: 10 }, backfilled: false };
    const { ready, problem, lagBlocks } = await look();
    assert.deepEqual({ ready, problem, lagBlocks }, { ready: false, problem: "backfill", lagBlocks: 990 });
    world.index = { indexed: null, backfilled: false };
    assert.equal((await look()).lagBlocks, 1_001);
  });

  it("is not when the index stands still and the chain does not, and is again once it moves", async () => {
    const { world, problemAfter, index } = setup();
    await problemAfter(0);
    world.head++;
    assert.equal(await problemAfter(30), null);
    assert.equal(await problemAfter(1), "stuck");
    index(1_001);
    assert.equal(await problemAfter(0), null);
  });

  it("counts a standstill from the last block on", async () => {
    const { world, problemAfter, index } = setup();
    let number = 1_000;
    // Always two behind, but moving.
    assert.equal(await problemAfter(100, () => { world.head = number + 2; index(++number); }), null);
  });

  it("is not when the index is more than 30 blocks behind", async () => {
    const { world, problemAfter } = setup();
    world.head += 30;
    assert.equal(await problemAfter(0), null);
    world.head += 1;
    assert.equal(await problemAfter(0), "behind");
  });

  it("is not when what is indexed is no longer on the chain, for longer than a reorganisation takes", async () => {
    for (const change of [(world: { shift: number }) => (world.shift = 1), (world: { head: number }) => (world.head = 900)]) {
      const { world, problemAfter, index } = setup();
      change(world);
      assert.equal(await problemAfter(15), null);
      assert.equal(await problemAfter(1), "diverged");
      world.shift = 0;
      world.head = 1_001;
      index(1_001);
      assert.equal(await problemAfter(0), null);
    }
  });

  it("is not when the chain is silent for long; the error is told without the address", async () => {
    const { world, look, problemAfter } = setup();
    world.chainError = Object.assign(new Error("HTTP request failed.\nURL: https://rpc/KEY"), { shortMessage: "HTTP request failed.", details: "fetch failed" });
    assert.equal(await problemAfter(30), null);
    assert.equal(await problemAfter(1), "chain");
    const { head, lagBlocks, lastError } = await look();
    assert.deepEqual({ head, lagBlocks, message: lastError?.message }, { head: null, lagBlocks: null, message: "HTTP request failed. fetch failed" });
    world.chainError = undefined;
    assert.equal(await problemAfter(0), null);
  });

  it("is not when the database is silent, or nobody writes to it for long", async () => {
    const { world, problemAfter, index } = setup();
    world.index = new Error("down");
    assert.equal(await problemAfter(0), "database");
    index(1_000);
    assert.equal(await problemAfter(0), null);
    world.index = { ...world.index, written: false };
    assert.equal(await problemAfter(30), null);
    assert.equal(await problemAfter(1), "writer");
    world.index = { ...world.index, written: true };
    assert.equal(await problemAfter(0), null);
  });
});
