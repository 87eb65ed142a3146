import assert from "node:assert/strict";
import { parseUnits } from "viem";
import { PRODUCTION, X0T } from "../../../../core/parameters.ts";
import type { OfferRow } from "../../../../web/src/data/queries/market.graphql.ts";
import { filtersOf, isWanted, offerOf, pricesOf, sortOffers, trustParts, type Offer } from "../../../../web/src/pages/market/offers.ts";

type Relay = NonNullable<OfferRow["relay"]>;
const AT = { epoch: 1_000, finalBefore: 988 };

function row(more: Partial<OfferRow> = {}, relay: Partial<Relay> = {}): OfferRow {
  const known: Relay = {
    index: 3,
    nodeId: "0x00",
    operator: "0x01",
    metadata: "baf",
    stake: String(100n * X0T),
    active: true,
    slashCount: 0,
    recentSlots: 168 * 12,
    recentVoids: 0,
    leaseEpochsPaid: 0,
    leaseEpochsRefunded: 0,
    leaseEpochsBurned: 0,
    registeredEpoch: 10,
    leases: { items: [] },
    ...relay,
  };
  return { id: 1, node: 3, provider: "0x01", pricePerEpoch: String(2n * X0T), minUptimeBps: 9_500, maxEpochs: 24, relay: known, ...more };
}
const offer = (more: Partial<OfferRow> = {}, relay: Partial<Relay> = {}, region?: string) => offerOf(row(more, relay), region, AT, 12) as Offer;
const parse = (text: string) => parseUnits(text, 18);

describe("offers of the market", () => {
  it("MKT-1 MKT-2 say why they cannot be rented now, and from when on", () => {
    assert.equal(offer().obstacle, undefined);
    assert.equal(offer().freeFrom, 1_001);
    assert.match(offer({}, { active: false }).obstacle ?? "", /not active/);
    assert.match(offer({}, { stake: String(20n * X0T - 1n) }).obstacle ?? "", /ten times/);
    assert.equal(offer({}, { stake: String(20n * X0T) }).obstacle, undefined);
    const leased = offer({}, { leases: { items: [{ end: 1_002 }] } });
    assert.deepEqual([leased.obstacle, leased.freeFrom], ["The node is leased.", 1_002]);
    assert.equal(offer({}, { leases: { items: [{ end: 1_001 }] } }).obstacle, undefined, "its last epoch runs: the next one can be rented");
    assert.equal(offerOf(row({ relay: null }), undefined, AT, 12), undefined);
  });

  it("show the proved share of the epochs in which the node could prove, and never 0 for unknown", () => {
    assert.deepEqual(offer().proved, { share: 1, epochs: 168 });
    assert.deepEqual(offer({}, { registeredEpoch: 977, recentSlots: 60 }).proved, { share: 0.5, epochs: 10 });
    assert.equal(offer({}, { registeredEpoch: 990, recentSlots: 0 }).proved, undefined);
  });

  it("cost by the day and by 30 days what their epochs cost", () => {
    assert.deepEqual(pricesOf(X0T, PRODUCTION), { dayWei: 24n * X0T, monthWei: 720n * X0T });
  });

  it("name what speaks for the node and against it", () => {
    assert.deepEqual(trustParts(offer()).map(({ text }) => text), ["never leased before", "never slashed", "registered 990 epochs ago"]);
    const bad = offer({}, { slashCount: 2, recentVoids: 1, leaseEpochsPaid: 8, leaseEpochsBurned: 1, leaseEpochsRefunded: 1 });
    assert.deepEqual(trustParts(bad).map(({ text, tone }) => `${tone}: ${text}`), ["warn: kept 9 of 10 leased epochs", "bad: slashed 2 times", "bad: 1 void proof lately", "plain: registered 990 epochs ago"]);
  });

  it("are filtered as the URL says; what cannot be read filters nothing", () => {
    const passes = (search: Record<string, string>, one: Offer) => isWanted(one, filtersOf(search, parse));
    assert.ok(passes({}, offer()));
    assert.ok(passes({ uptime: "much", proved: "1000", trust: "me" }, offer()));
    assert.deepEqual([passes({ price: "2" }, offer()), passes({ price: "1.9" }, offer())], [true, false]);
    assert.deepEqual([passes({ uptime: "95" }, offer()), passes({ uptime: "95.5" }, offer())], [true, false]);
    assert.deepEqual([passes({ region: "EU" }, offer({}, {}, "eu-west")), passes({ region: "eu" }, offer())], [true, false]);
    assert.deepEqual([passes({ proved: "100" }, offer()), passes({ proved: "1" }, offer({}, { registeredEpoch: 999 }))], [true, false]);
    assert.deepEqual([passes({ trust: "unslashed" }, offer()), passes({ trust: "unslashed" }, offer({}, { slashCount: 1 }))], [true, false]);
    assert.deepEqual([passes({ trust: "kept" }, offer({}, { leaseEpochsPaid: 1 })), passes({ trust: "kept" }, offer())], [true, false]);
    assert.deepEqual([passes({ free: "yes" }, offer()), passes({ free: "yes" }, offer({}, { active: false }))], [true, false]);
  });

  it("are sorted both ways, equal ones by price and number", () => {
    const [cheap, dear, early] = [offer({ id: 3, pricePerEpoch: "1" }), offer({ id: 2, pricePerEpoch: "9" }), offer({ id: 1, pricePerEpoch: "9" })];
    const ids = (key: string, isDown: boolean) => sortOffers([dear, cheap, early], key, isDown).map(({ listing }) => listing);
    assert.deepEqual(ids("price", false), [3, 1, 2]);
    assert.deepEqual(ids("price", true), [1, 2, 3]);
    assert.deepEqual(ids("stake", true), [3, 1, 2]);
    assert.deepEqual(ids("what", false), [3, 1, 2]);
  });
});
