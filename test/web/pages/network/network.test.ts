import assert from "node:assert/strict";
import { devnetParameters } from "../../../../core/parameters.ts";
import { burnCurve } from "../../../../web/src/pages/network/burnCurve.ts";
import { describeEvent } from "../../../../web/src/pages/network/describeEvent.ts";
import { latestCommitted, phaseOf } from "../../../../web/src/pages/network/epochPhase.ts";
import { joinLinks, loadsOf, type PeerView } from "../../../../web/src/pages/network/links.ts";
import { filterRows, mapRows, regionsOf } from "../../../../web/src/pages/network/mapRows.ts";
import { explainHealth, healthOf, type ChainNode, type Live } from "../../../../web/src/pages/network/nodeHealth.ts";
import { countryOf, placeName, placeOf } from "../../../../web/src/pages/network/regions.ts";
import { spreadPoints } from "../../../../web/src/pages/network/spreadPoints.ts";
import { addSample, ratesOf, type Sample } from "../../../../web/src/pages/network/throughput.ts";
import { byteSize } from "../../../../web/src/ui/bytes.ts";
import { regionOf } from "../../../../devnet/regions.ts";

const id = (index: number) => `0x${index.toString(16).padStart(64, "0")}`;
const chainNode = (index: number, over: Partial<ChainNode> = {}): ChainNode => ({ index, nodeId: id(index), operator: "0x1", metadata: "baf", stake: "1", active: true, benched: false, ...over });
const up = (over: { draining?: boolean; region?: string } = {}): Live => ({
  state: "up",
  askedAtMs: 0,
  status: { version: "1", region: "eu-oslo", draining: false, active: true, behindNat: false, peers: 1, circuits: 0, relayedBytes: "0", ...over },
});

describe("the dashboard's network page", () => {
  describe("health of a node", () => {
    it("is its own word on whether it runs and the chain's on whether it takes part", () => {
      assert.equal(healthOf({ active: true }, up(), undefined), "up");
      assert.equal(healthOf({ active: true }, up({ draining: true }), undefined), "draining");
      assert.equal(healthOf({ active: false }, up(), undefined), "inactive");
      assert.equal(healthOf({ active: true }, { state: "silent", why: "no connection" }, undefined), "silent");
      assert.equal(healthOf({ active: false }, { state: "silent", why: "no connection" }, undefined), "inactive");
    });

    it("is by what it proved where nobody can ask it; not known, rather than bad, before the index said that", () => {
      assert.equal(healthOf({ active: true }, { state: "none" }, undefined), "unknown");
      assert.equal(healthOf({ active: true }, { state: "asking" }, { epoch: 7, slots: 0 }), "unknown");
      assert.equal(healthOf({ active: true }, { state: "none" }, { epoch: 7, slots: 3 }), "proving");
      assert.equal(healthOf({ active: true }, { state: "none" }, { epoch: 7, slots: 0 }), "idle");
      assert.equal(healthOf({ active: false }, { state: "none" }, { epoch: 7, slots: 0 }), "inactive");
      assert.match(explainHealth({ active: true, benched: false }, { state: "none" }, { epoch: 7, slots: 0 }), /proved no slot of epoch 7/);
    });

    it("says why a node does not answer, and that a benched one is not drawn", () => {
      assert.match(explainHealth({ active: true, benched: false }, { state: "silent", why: "no connection" }, undefined), /no connection.*misses slots/);
      assert.match(explainHealth({ active: true, benched: true }, up(), undefined), /not drawn as a witness/);
    });
  });

  describe("links", () => {
    const nodes = [0, 1, 2].map((index) => ({ index, nodeId: id(index) }));
    const peer = (index: number, rttMs: number | null = 10, draining = false, load: number | null = 1): PeerView => ({ nodeId: id(index), rttMs, load, draining });

    it("join both ends' views into one line", () => {
      const links = joinLinks(nodes, new Map([[0, [peer(1, 10)]], [1, [peer(0, 20)]]]));
      assert.deepEqual(links, [{ from: 0, to: 1, rttMs: 15, draining: false, oneSided: false }]);
    });

    it("tell which ones only one of two asked ends knows, and which an end drains", () => {
      const links = joinLinks(nodes, new Map([[0, [peer(1), peer(2, null, true)]], [1, []]]));
      assert.deepEqual(links.map(({ to, oneSided, draining, rttMs }) => [to, oneSided, draining, rttMs]), [[1, true, false, 10], [2, false, true, undefined]]);
    });

    it("leave out peers that the registry does not know", () => {
      assert.deepEqual(joinLinks(nodes, new Map([[0, [peer(9)]]])), []);
    });

    it("a load is known only if a neighbour told it", () => {
      assert.deepEqual([...loadsOf(nodes, new Map([[0, [peer(1, 1, false, 3), peer(2, 1, false, null)]], [2, [peer(1, 1, false, 5)]]]))], [[1, 5]]);
    });
  });

  describe("map", () => {
    it("nodes of one place and of places close by stand apart, others where they are", () => {
      const crowd = Array.from({ length: 15 }, (_, index) => ({ index, x: index < 9 ? 100 : 112, y: 50 }));
      const points = spreadPoints([...crowd, { index: 20, x: 300, y: 50 }], 17);
      assert.deepEqual(points.find(({ index }) => index === 20), { index: 20, x: 300, y: 50 });
      for (const a of points) for (const b of points) if (a !== b) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > 15, `${a.index} covers ${b.index}`);
    });

    it("knows the places of all regions of a devnet", () => {
      for (let index = 0; index < 12; index++) assert.ok(placeOf(regionOf(index)) !== undefined, regionOf(index));
    });

    it("an unknown region keeps its own name, in quotes, also one that is named like a property of objects", () => {
      assert.equal(placeOf("constructor"), undefined);
      assert.equal(countryOf("mars-north"), "“mars-north”");
      assert.equal(placeName("eu-frankfurt"), "Frankfurt, Germany");
      assert.equal(placeName("ap-singapore"), "Singapore");
    });

    it("a signed document's region goes before a node's own word, and filters take both", () => {
      const rows = mapRows([chainNode(0), chainNode(1), chainNode(2)], new Map([[0, up()], [1, up()], [2, { state: "none" }]]), new Map([[0, "eu-paris"]]), undefined);
      assert.deepEqual(rows.map(({ region, regionIsSigned }) => [region, regionIsSigned]), [["eu-paris", true], ["eu-oslo", false], [undefined, false]]);
      assert.deepEqual(regionsOf(rows), ["eu-oslo", "eu-paris", "unknown"]);
      const shown = (filters: Parameters<typeof filterRows>[1]) => filterRows(rows, filters).map(({ node }) => node.index);
      assert.deepEqual([shown({}), shown({ region: "unknown" }), shown({ state: "up" }), shown({ region: "eu-paris", state: "silent" })], [[0, 1, 2], [2], [0, 1], []]);
    });
  });

  describe("throughput", () => {
    const sample = (atMs: number, counts: Record<number, [number, number]>): Sample => ({
      atMs,
      counts: new Map(Object.entries(counts).map(([index, [bytes, at]]) => [Number(index), { bytes, atMs: at }])),
    });

    it("is unknown until two samples, then of each relay's own time", () => {
      assert.deepEqual(ratesOf([sample(1_000, { 0: [0, 1_000] })]), []);
      const rates = ratesOf([sample(1_000, { 0: [0, 1_000], 1: [0, 500] }), sample(3_000, { 0: [2_000, 3_000], 1: [2_000, 1_500] })]);
      assert.deepEqual(rates, [{ at: 3, bytesPerSecond: 3_000, relays: 2 }]);
    });

    it("a relay that comes, goes or starts anew makes no leap", () => {
      const rates = ratesOf([sample(0, { 0: [100, 0] }), sample(1_000, { 0: [200, 1_000], 1: [9_999_999, 1_000] }), sample(2_000, { 0: [50, 2_000], 1: [10_000_099, 2_000] })]);
      assert.deepEqual(rates.map(({ bytesPerSecond, relays }) => [bytesPerSecond, relays]), [[100, 1], [100, 1]]);
    });

    it("one that was not asked again keeps its rate; before it has one there is no figure", () => {
      const first = [sample(0, { 0: [0, 0], 1: [0, 0] }), sample(1_000, { 0: [100, 1_000], 1: [0, 0] })];
      assert.deepEqual(ratesOf(first), []);
      const rates = ratesOf([...first, sample(2_000, { 0: [200, 2_000], 1: [50, 2_000] }), sample(3_000, { 0: [300, 3_000], 1: [50, 2_000] })]);
      assert.deepEqual(rates.map(({ bytesPerSecond }) => bytesPerSecond), [125, 125]);
    });

    it("samples are bounded, and an older one than the last is dropped", () => {
      let samples: readonly Sample[] = [];
      for (let at = 0; at < 500; at++) samples = addSample(samples, sample(at, {}));
      assert.equal(samples.length, 200);
      assert.equal(addSample(samples, sample(3, {})), samples);
    });
  });

  it("TOK-5 the curve of burns fills in quiet periods and ends at what is burned now", () => {
    const rows = burnCurve([{ key: 7, startsAt: 700, burned: 5n }, { key: 4, startsAt: 400, burned: 2n }], 10n, 100);
    assert.deepEqual(rows.map(({ key, startsAt, burned, total }) => [key, startsAt, burned, total]), [[4, 400, 2n, 5n], [5, 500, 0n, 5n], [6, 600, 0n, 5n], [7, 700, 5n, 10n]]);
    assert.deepEqual(burnCurve([], 10n, 100), []);
  });

  it("PRF-2, PRF-4, PRF-5 an epoch is ahead, runs, takes commits, challenges and answers, and is final", () => {
    const parameters = devnetParameters(60);
    const words = [59, 60, 119, 120, 179, 180, 239, 240, 299, 300].map((now) => phaseOf(parameters, { epoch: 1, final: false }, now).word);
    assert.deepEqual(words, ["ahead", "running", "running", "commits", "commits", "challenges", "challenges", "answers", "answers", "final"]);
    assert.equal(phaseOf(parameters, { epoch: 0, final: false }, undefined).word, "not final");
    assert.equal(phaseOf(parameters, { epoch: 0, final: true }, undefined).word, "final");
    for (const now of [119, 120, 179, 180]) {
      const latest = latestCommitted(parameters, now);
      assert.deepEqual([latest, latest + 1].map((epoch) => phaseOf(parameters, { epoch, final: false }, now).commitsAreIn), [true, false], `at ${now}`);
    }
  });

  it("tells events in words, with amounts; strange arguments break nothing", () => {
    const x0t = (wei: bigint) => `${wei} wei`;
    assert.equal(describeEvent("Committed", { epoch: "29920010", bitmap: "7" }, x0t), "committed its proof of epoch 29,920,010: 3 slots");
    assert.equal(describeEvent("Slashed", { fromStake: "5", fromUnbonding: "6" }, x0t), "was slashed by 11 wei for slots that it could not prove");
    assert.equal(describeEvent("Claimed", { epoch: 1, amount: {} }, x0t), "was paid an amount for epoch 1, less the burn of 1 %");
    assert.equal(describeEvent("SomethingNew", {}, x0t), undefined);
  });

  it("sizes are decimal, with three digits at most", () => {
    assert.deepEqual([0, 999, 1_000, 38_464_564, 999_600, 5n * 10n ** 12n].map(byteSize), ["0 B", "999 B", "1 kB", "38.5 MB", "1 MB", "5 TB"]);
  });
});
