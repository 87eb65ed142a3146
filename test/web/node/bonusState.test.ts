import assert from "node:assert/strict";
import { devnetParameters, PRODUCTION } from "../../../core/parameters.ts";
import { bonusLag, bonusState } from "../../../web/src/pages/node/bonusState.ts";
import { percentDown, recentUptime } from "../../../web/src/pages/node/uptime.ts";

const rules = devnetParameters(60);
const epoch = 1_000;
/** [828, 996): 168 epochs, the last of them final when a commit for 1,000 is made. */
const [first, end] = [828, 996];
const commits = (change: (epoch: number) => { slots?: number; voided?: boolean } | undefined = () => ({})) =>
  Array.from({ length: end - first }, (_, offset) => first + offset).flatMap((each) => {
    const changed = change(each);
    return changed === undefined ? [] : [{ epoch: each, slots: 12, voided: false, ...changed }];
  });
const state = (change: Partial<Parameters<typeof bonusState>[0]> = {}) => bonusState({ epoch, activeFrom: 1, commits: commits(), maintenance: [], ...change }, rules);

describe("web bonusState", () => {
  it("PRF-3 looks back on 168 final epochs", () => {
    assert.deepEqual([bonusLag(rules), bonusLag(PRODUCTION)], [4, 13]);
    const whole = state();
    assert.deepEqual([whole.first, whole.end, whole.hasBonus, whole.provedSlots, whole.countedSlots], [first, end, true, 2_016, 2_016]);
  });

  it("PRF-3 needs 99 % of the slots, exactly", () => {
    // 20 of 2,016 slots may be missing.
    assert.deepEqual([state({ commits: commits((each) => (each < first + 2 ? { slots: 2 } : {})) }).hasBonus, state({ commits: commits((each) => (each < first + 2 ? { slots: 2 } : {})) }).spareSlots], [true, 0]);
    const short = state({ commits: commits((each) => (each < first + 3 ? { slots: each === first ? 11 : 2 } : {})) });
    assert.deepEqual([short.hasBonus, short.spareSlots], [false, -1]);
    assert.match(short.why, /1 fewer would be needed/);
  });

  it("PRF-3 counts an epoch without a commit as nothing proved, unless it was announced maintenance", () => {
    const gap = commits((each) => (each === 900 || each === 901 ? undefined : {}));
    assert.equal(state({ commits: gap }).hasBonus, false);
    const announced = state({ commits: gap, maintenance: [{ first: 900, end: 902 }] });
    assert.deepEqual([announced.hasBonus, announced.maintenanceEpochs, announced.countedSlots], [true, 2, 166 * 12]);
  });

  it("PRF-3 has none after a void epoch, and says when that one leaves the count", () => {
    const voided = state({ commits: commits((each) => (each === 900 ? { voided: true } : {})) });
    assert.deepEqual([voided.hasBonus, voided.voidedEpochs, voided.earliestEpoch], [false, 1, 900 + 168 + 4 + 1]);
    assert.equal(bonusState({ epoch: 1_073, activeFrom: 1, commits: [], maintenance: [] }, rules).first, 901);
  });

  it("PRF-3 needs activity without a break, and says when it will be long enough", () => {
    assert.equal(state({ activeFrom: first }).hasBonus, true);
    const young = state({ activeFrom: first + 1 });
    assert.deepEqual([young.hasBonus, young.earliestEpoch, young.first], [false, epoch + 1, first + 1]);
    assert.equal(state({ activeFrom: null }).hasBonus, false);
    assert.deepEqual([state({ activeFrom: 999 }).first, state({ activeFrom: 999 }).countedSlots], [end, 0]);
  });
});

describe("web uptime", () => {
  const node = { active: true, activeFromEpoch: 900, recentSlots: 600, recentCommits: 50, recentVoids: 0 };

  it("is the share of the slots since it was active, of 168 epochs at most", () => {
    assert.deepEqual(recentUptime(node, 950, 12), { share: 1, epochs: 50 });
    assert.deepEqual(recentUptime({ ...node, activeFromEpoch: 1 }, 950, 12), { share: 600 / (168 * 12), epochs: 168 });
  });

  it("is not known before an epoch is final", () => {
    assert.equal(recentUptime({ ...node, activeFromEpoch: 950, recentSlots: 0, recentCommits: 0 }, 950, 12), undefined);
  });

  it("says 100 % of nothing less", () => {
    assert.deepEqual([percentDown(1), percentDown(0.99999), percentDown(0.993)], ["100 %", "99.9 %", "99.3 %"]);
  });
});
