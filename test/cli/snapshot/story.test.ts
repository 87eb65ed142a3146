import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProtocolChain } from "../../support/protocolChain.ts";
import { GUARDIANS } from "../../support/protocolChain.ts";
import { startSnapshotHub, type SnapshotHub } from "../../support/snapshotHub/startSnapshotHub.ts";
import { runX0t } from "../runX0t.ts";
import { addressOf, CHAIN_ID, OWNER, SPACE, startVotingChain } from "./votingChain.ts";

interface Results {
  results: { choice: string; score: number; share: number; ballots: number }[];
  scoresTotal: number;
  quorum: number;
  quorumReached: boolean;
  hubDiffers: boolean;
  power: { checked: boolean; wrong: { voter: string; hub: number; chain: number }[] };
  votes: { voter: string; x0t: number }[];
}

describe("x0t snapshot, from the space to the results", function () {
  this.timeout(120_000);
  let chain: ProtocolChain;
  let hub: SnapshotHub;
  let dir: string;
  let id = "";

  /** Runs `x0t snapshot …` against the hub, and signs as the accounts `as`. */
  const snapshot = ([command = "", ...args]: readonly string[], as: readonly number[] = []) =>
    runX0t(["snapshot", command, "--network", join(dir, "network.json"), "--rpc", chain.rpcUrl, ...args, ...as.flatMap((index) => ["--key-file", join(dir, `${index}.key`)])], {
      env: { X0T_SNAPSHOT_HUB_URL: hub.hubUrl, X0T_SNAPSHOT_SEQUENCER_URL: hub.sequencerUrl, X0T_SNAPSHOT_SPACE: SPACE },
      timeoutMs: 30_000,
    });
  const ok = async (args: readonly string[], as: readonly number[] = []) => {
    const answer = await snapshot(args, as);
    assert.deepEqual([answer.code, answer.stderr], [0, ""], answer.stderr);
    return answer.stdout;
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-snapshot-"));
    chain = await startVotingChain();
    hub = await startSnapshotHub({ rpcUrls: { [CHAIN_ID]: chain.rpcUrl }, controllers: { [SPACE]: addressOf(chain, OWNER) } });
    await writeFile(join(dir, "network.json"), JSON.stringify({ contracts: chain.book, parameters: { devnetEpochSeconds: 12 } }));
    for (const index of [0, 1, 2, OWNER, ...GUARDIANS]) await writeFile(join(dir, `${index}.key`), chain.privateKeyOf(index), { mode: 0o600 });
  });
  after(async () => {
    await hub?.close();
    await chain?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("prints settings that Snapshot's schema allows, and takes them back", async () => {
    const { code, stdout, stderr } = await snapshot(["space"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /hold by Snapshot's own schema/);
    const settings = JSON.parse(stdout) as { network: string; symbol: string; voting: object; strategies: { name: string; params: Record<string, unknown> }[] };
    assert.deepEqual([settings.network, settings.symbol], [String(CHAIN_ID), "X0T"]);
    assert.deepEqual(settings.voting, { type: "quadratic", delay: 10, period: 120, quorum: 300 });
    const [strategy] = settings.strategies;
    assert.equal(strategy?.name, "contract-call");
    assert.equal(strategy.params.address, chain.contracts.NodeRegistry);
    assert.equal((strategy.params.methodABI as { name: string }).name, "getVotes");
    // A vote in this test is not to wait for the space's delay.
    await writeFile(join(dir, "space.json"), JSON.stringify({ ...settings, voting: { ...settings.voting, delay: 0, period: 3600, quorum: 3_000 } }));
  });

  it("publishes them once", async () => {
    const publish = ["space", "--settings", join(dir, "space.json"), "--admin", addressOf(chain, OWNER), "--publish"];
    assert.match(await ok(publish, [OWNER]), /x0t\.eth is published on http/);
    assert.deepEqual(hub.state.spaces.get(SPACE)?.admins, [addressOf(chain, OWNER)]);
    assert.match(await ok(publish, [OWNER]), /nothing was sent/);
    assert.equal(hub.state.messages.size, 1);
  });

  it("proposes once", async () => {
    const propose = ["propose", "--title", "Which region next?", "--body", "Where relays are missing.", "--choice", "Africa", "--choice", "Asia", "--choice", "None", "--json"];
    const first = JSON.parse(await ok(propose, [0])) as { id: string; start: number; end: number; snapshot: number; already: boolean };
    id = first.id;
    assert.deepEqual([first.end - first.start, first.already], [3600, false]);
    assert.equal(first.snapshot, Number((await chain.head()).number) - 4);
    const again = JSON.parse(await ok(propose, [0])) as { id: string; already: boolean };
    assert.deepEqual([again.id, again.already, hub.state.proposals.size], [id, true, 1]);
  });

  it("lets three operators and a Safe vote, and one of them again", async () => {
    assert.match(await ok(["vote", id, "Africa"], [0]), /voted: 100 % Africa with 2,500 X0T at stake/);
    assert.match(await ok(["vote", id, "1=1", "asia=3"], [1]), /voted: 25\.0 % Africa, 75\.0 % Asia with 900 X0T/);
    assert.match(await ok(["vote", id, "2", "--reason", "cheaper"], [2]), /100 % Asia with 100 X0T/);
    assert.match(await ok(["vote", id, "2=7"], [2]), /has voted so already/);
    // At once, perhaps within the same second: the hub takes it as the later one.
    assert.match(await ok(["vote", id, "None=1", "Asia=1"], [2]), /changed the vote: 50\.0 % Asia, 50\.0 % None/);
    const safe = chain.contracts.GuardianSafe;
    assert.match(await ok(["vote", id, "None", "--safe", safe], [GUARDIANS[1], GUARDIANS[0]]), new RegExp(`${safe} voted: 100 % None with 400 X0T`));
    assert.equal(hub.state.votes.size, 4);
  });

  it("counts as an independent computation does", async () => {
    const found = JSON.parse(await ok(["results", id, "--json"])) as Results;
    // (Σ √(stake × share))² of each choice, scaled so that they add up to the stake that voted.
    const africa = (Math.sqrt(2_500) + Math.sqrt(900 * 0.25)) ** 2;
    const asia = (Math.sqrt(900 * 0.75) + Math.sqrt(100 * 0.5)) ** 2;
    const none = (Math.sqrt(100 * 0.5) + Math.sqrt(400)) ** 2;
    const scale = 3_900 / (africa + asia + none);
    const expected = [africa * scale, asia * scale, none * scale];
    found.results.forEach(({ score }, index) => assert.ok(Math.abs(score - expected[index]!) < 1e-6, `${score} is not ${expected[index]}`));
    assert.deepEqual(found.results.map(({ ballots }) => ballots), [2, 2, 2]);
    assert.deepEqual([found.scoresTotal, found.quorum, found.quorumReached, found.hubDiffers], [3_900, 3_000, true, false]);
    assert.deepEqual(found.power, { checked: true, wrong: [] });
    const told = hub.state.proposals.get(id)!;
    assert.deepEqual(found.results.map(({ score }) => score), told.scores, "the hub's own count");
  });

  it("shows the results to people", async () => {
    const text = await ok(["results", id]);
    assert.match(text, /^Which region next\?\nx0t\.eth · active · /);
    assert.match(text, /^Africa +2,\d{3}\.\d+ +\d+\.\d % +2$/m);
    assert.match(text, /4 votes with 3,900 X0T; the quorum of 3,000 is reached\./);
  });

  it("exits 1 if the hub's final scores are not those of its votes; before, its count may lag", async () => {
    const told = hub.state.proposals.get(id)!;
    const { scores } = told;
    told.scores = scores.toReversed();
    assert.match(await ok(["results", id]), /differs for now/);
    hub.clock.aheadSeconds = 7_200;
    const { code, stdout } = await snapshot(["results", id]);
    hub.clock.aheadSeconds = 0;
    told.scores = scores;
    assert.equal(code, 1);
    assert.match(stdout, /closed(.|\n)*FALSE: the hub's final scores are not those of its votes/);
  });

  it("exits 1 if the hub counts another stake than the chain", async () => {
    const vote = hub.state.votes.get(`${id} ${addressOf(chain, 2)}`)!;
    vote.vp = 101;
    const { code, stdout } = await snapshot(["results", id]);
    vote.vp = 100;
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`FALSE: the hub counts 101 X0T for ${vote.voter}, the chain 100\\.`));
  });

  it("counts without the chain too, and says that the stakes are the hub's word then", async () => {
    const text = await ok(["results", id, "--rpc", "http://127.0.0.1:1"]);
    assert.match(text, /4 votes with 3,900 X0T.*\n.*\nThe stakes are the hub's word: .* archive node with --rpc\.$/m);
  });

  it("explains a refusal of the hub, and what to do", async () => {
    const { code, stderr } = await snapshot(["vote", id, "Asia"], [OWNER]);
    assert.equal(code, 1);
    assert.match(stderr, /refused: "no voting power"\. This account had no X0T at stake in the proposal's snapshot block/);
    assert.match(stderr, /X0T_SNAPSHOT_REFUSED · docs\/errors\.md#x0t_snapshot_refused/);
  });
});
