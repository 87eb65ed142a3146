import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createNamespaces } from "../support/netns.ts";
import { createArrivals, createDelayLine, createRandom } from "./delayLine.ts";
import { createLab, type Lab } from "./lab.ts";
import { median, quantile, wilson } from "./statistics.ts";
import type { Arrivals } from "./udpProbe.ts";

const HOSTS = [1, 2, 3].map((i) => ({ name: `h${i}`, address: `20.${i}.0.1` }));
const addressOf = (name: string) => HOSTS.find((host) => host.name === name)!.address;

describe("chaos: a lab of several hosts", function () {
  this.timeout(30_000);
  let lab: Lab | undefined;
  const probes = new Map<string, ChildProcess>();

  async function start(delays?: Parameters<typeof createLab>[0]["delays"]): Promise<void> {
    lab = await createLab({ hosts: HOSTS, ...(delays && { delays }) });
    for (const { name, address } of HOSTS) {
      const probe = lab.fork(name, join(import.meta.dirname, "udpProbe.ts"), [address]);
      probes.set(name, probe);
      await once(probe, "message");
    }
  }
  /** What came of `count` packets. */
  async function send(from: string, to: string, count: number, patienceMs = 200): Promise<Arrivals> {
    const [sender, receiver] = [probes.get(from)!, probes.get(to)!];
    sender.send({ sendTo: addressOf(to), count });
    await once(sender, "message");
    await new Promise((resolve) => setTimeout(resolve, patienceMs));
    receiver.send({ take: true });
    const [{ arrivals }] = (await once(receiver, "message")) as [{ arrivals: Arrivals }];
    return arrivals;
  }
  const reaches = async (from: string, to: string) => (await send(from, to, 5, 50)).length === 5;

  afterEach(async () => {
    const gone = [...probes.values()].map((probe) => once(probe, "exit"));
    for (const probe of probes.values()) probe.kill("SIGKILL");
    await Promise.all(gone);
    probes.clear();
    await lab?.close();
    lab = undefined;
  });

  for (const [what, delays] of [["of the kernel", undefined], ["with delays", { seed: 1, oneWayMs: () => 1 }]] as const) {
    it(`${what} cuts it in halves, silences one, and heals`, async () => {
      await start(delays);
      assert.ok(await reaches("h1", "h2"));
      await lab!.partition([["h1"], ["h2"]]);
      assert.deepEqual([await reaches("h1", "h2"), await reaches("h2", "h1"), await reaches("h1", "h3"), await reaches("h3", "h2")], [false, false, true, true]);
      await lab!.silence("h3");
      assert.deepEqual([await reaches("h1", "h3"), await reaches("h3", "h1"), await reaches("h1", "h2")], [false, false, true]);
      await lab!.heal();
      assert.deepEqual([await reaches("h1", "h3"), await reaches("h2", "h1")], [true, true]);
    });
  }

  it("delays each way by what was asked, and keeps the order", async () => {
    await start({ seed: 1, oneWayMs: (from) => (from === "h1" ? 30 : 5) });
    const [there, back] = [await send("h1", "h2", 300), await send("h2", "h1", 300)];
    // A busy machine adds to it: the quick ones tell.
    const quick = (packets: readonly (readonly [number, number])[]) => quantile(packets.map(([, ms]) => ms), 0.1);
    assert.ok(quick(there) < 40, `${quick(there)} ms`);
    assert.ok(quick(back) < 15, `${quick(back)} ms`);
    assert.ok(Math.min(...there.map(([, ms]) => ms)) >= 30);
    assert.ok(Math.min(...back.map(([, ms]) => ms)) >= 5);
    assert.deepEqual(there.map(([number]) => number), [...there.keys()]);
    assert.equal(there.length, 300);
  });

  it("adds jitter without overtaking, or with it if asked, and loses the share that was asked for", async () => {
    await start({ seed: 7, oneWayMs: () => 10 });
    await lab!.disturb({ jitterMs: 50 });
    const late = await send("h1", "h2", 500);
    assert.deepEqual(late.map(([number]) => number), [...late.keys()]);
    assert.ok(quantile(late.map(([, ms]) => ms), 0.9) > 40 && quantile(late.map(([, ms]) => ms), 0.1) < 70);
    await lab!.disturb({ jitterMs: 50, reorders: true });
    const mixed = await send("h1", "h2", 500);
    assert.equal(mixed.length, 500);
    assert.ok(mixed.some(([number], i) => i > 0 && number < mixed[i - 1]![0]));
    await lab!.disturb({ loss: 0.05 });
    const lost = 3_000 - (await send("h1", "h2", 3_000)).length;
    // Four standard deviations about 150.
    assert.ok(lost > 102 && lost < 198, `${lost} of 3,000 lost`);
  });

  it("clears what a killed run left, and nothing of a living one", async () => {
    const ours = createNamespaces();
    const living = ours.add("living");
    const script = `import { createNamespaces } from "${join(import.meta.dirname, "../support/netns.ts")}";
      process.send(createNamespaces().add("left")); setInterval(() => undefined, 1000);`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [left] = (await once(other, "message")) as [string];
    other.kill("SIGKILL");
    await once(other, "exit");
    const names = () => readdirSync("/run/netns");
    assert.ok(names().includes(left));
    createNamespaces().close();
    assert.ok(!names().includes(left));
    assert.ok(names().includes(living));
    ours.close();
    assert.ok(!names().includes(living));
  });
});

describe("chaos: what is measured with", () => {
  it("a delay line gives packets back by time, equal ones in order", () => {
    const random = createRandom(3);
    const line = createDelayLine<number>();
    const due = Array.from({ length: 500 }, () => Math.floor(random() * 50));
    for (const [i, ms] of due.entries()) line.push(ms, i);
    const expected = [...due.keys()].sort((a, b) => due[a]! - due[b]! || a - b);
    assert.equal(line.nextMs(), Math.min(...due));
    assert.equal(line.pop(-1), undefined);
    assert.deepEqual(due.map(() => line.pop(50)), expected);
    assert.equal(line.pop(50), undefined);
    assert.equal(line.nextMs(), Number.POSITIVE_INFINITY);
  });

  it("a seed repeats what is lost and how late the rest is", () => {
    const run = (seed: number) => {
      const arrival = createArrivals(createRandom(seed));
      return Array.from({ length: 100 }, (_, i) => arrival({ delayMs: 5, jitterMs: 10, loss: 0.2, reorders: false }, i));
    };
    assert.deepEqual(run(9), run(9));
    assert.notDeepEqual(run(9), run(10));
  });

  it("quantiles are nearest-rank, bounds are Wilson's", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(quantile([1, 2, 3, 4], 0.99), 4);
    const [low, high] = wilson(100, 100);
    assert.ok(Math.abs(low - 0.963) < 0.001 && high === 1);
    const [few, many] = wilson(50, 100);
    assert.ok(Math.abs(few - 0.4038) < 0.001 && Math.abs(many - 0.5962) < 0.001);
  });
});
