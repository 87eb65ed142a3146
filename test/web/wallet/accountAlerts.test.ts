import assert from "node:assert/strict";
import { devnetParameters, X0T } from "../../../core/parameters.ts";
import type { AccountAlertsAnswer } from "../../../web/src/data/queries/accountAlerts.graphql.ts";
import { accountAlerts } from "../../../web/src/wallet/accountAlerts.ts";

const NOW = 10_000;
const parameters = devnetParameters(60);
const hot = `0x${"1".repeat(40)}`;
const x0t = (wei: bigint) => String(wei / X0T);
type Node = AccountAlertsAnswer["nodes"]["items"][number];
const node = (more: Partial<Node> = {}): Node => ({ index: 3, witness: hot, stake: String(100n * X0T), unbonding: "0", unbondsAt: "0", active: true, benched: false, challenges: { items: [] }, ...more });
const said = (answer: Partial<AccountAlertsAnswer>, asked: string[] = []) =>
  accountAlerts({ network: { epoch: 50 }, nodes: { items: [] }, accounts: { items: [] }, channels: { items: [] }, leases: { items: [] }, ...answer }, asked, NOW, parameters, x0t).map(({ tone, text }) => `${tone}: ${text}`);

describe("what an account is told before something runs out", () => {
  it("nothing, while all is well", () => {
    assert.deepEqual(said({ nodes: { items: [node()] }, accounts: { items: [{ address: hot, balance: String(10n * X0T) }] } }), []);
    assert.deepEqual(said({ nodes: { items: [node({ unbonding: "5", unbondsAt: String(NOW + 1) })] } }), []);
  });

  it("a challenge with its deadline, and one that was left unanswered (PRF-4)", () => {
    const challenge = (deadline: number, status = "open") => ({ nodes: { items: [node({ challenges: { items: [{ epoch: 44, deadline: String(deadline), status }] } })] } });
    assert.match(said(challenge(NOW + 30))[0] ?? "", /^bad: Node 3's proof of epoch 44 is challenged and must be answered within 30 s/);
    assert.match(said(challenge(NOW - 1, "overdue"))[0] ?? "", /^bad: Node 3 left a challenge of epoch 44 unanswered/);
  });

  it("stake that can be withdrawn, too little of it, and a bench (REG-2, REG-3, REG-7)", () => {
    assert.match(said({ nodes: { items: [node({ unbonding: String(7n * X0T), unbondsAt: String(NOW) })] } })[0] ?? "", /^info: 7 X0T of node 3 finished unbonding/);
    assert.match(said({ nodes: { items: [node({ active: false, stake: String(40n * X0T) })] } })[0] ?? "", /^warn: Node 3 is not active: 40 X0T are at stake, 100 X0T are needed/);
    assert.match(said({ nodes: { items: [node({ benched: true })] } })[0] ?? "", /^warn: Node 3 is benched/);
    assert.deepEqual(said({ nodes: { items: [node({ active: false, stake: "0" })] } }), []);
  });

  it("a hot key without the X0T of a bond; nothing where its balance is not known", () => {
    assert.match(said({ nodes: { items: [node()] }, accounts: { items: [{ address: hot, balance: String(9n * X0T) }] } })[0] ?? "", /^warn: The hot key of node 3 holds 9 X0T; a bond takes 10 X0T/);
    assert.deepEqual(said({ nodes: { items: [node()] } }), []);
    assert.match(said({ nodes: { items: [node()] } }, [hot])[0] ?? "", /holds 0 X0T/);
  });

  it("a channel that is nearly empty, and one whose rest can be had back (CHN-2)", () => {
    const channel = (remaining: bigint, closesAt: string | null) => ({ channels: { items: [{ id: "0x1", payee: "0x2", deposit: String(100n * X0T), remaining: String(remaining), closesAt }] } });
    assert.match(said(channel(10n * X0T, null))[0] ?? "", /^warn: 10 X0T of 100 X0T are left/);
    assert.deepEqual(said(channel(11n * X0T, null)), []);
    assert.match(said(channel(50n * X0T, String(NOW)))[0] ?? "", /^info: .*50 X0T come back/);
    assert.deepEqual(said(channel(50n * X0T, String(NOW + 1))), []);
  });

  it("a lease that ends soon, unless it was ended", () => {
    const lease = (first: number, end: number, endReason: string | null = null) => ({ leases: { items: [{ id: 5, node: 1, first, end, endReason }] } });
    assert.match(said(lease(40, 52))[0] ?? "", /^info: Your lease 5 of node 1 ends within 2 min/);
    assert.deepEqual(said(lease(40, 54)), []);
    assert.deepEqual(said(lease(50, 52)), []);
    assert.equal(said(lease(49, 51)).length, 1);
    assert.deepEqual(said(lease(40, 52, "cancelled")), []);
    assert.deepEqual(said({ ...lease(40, 52), network: null }), []);
  });
});
