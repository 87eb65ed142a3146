import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBalance } from "../../chain/readBalance.ts";
import { propose } from "../../chain/propose.ts";
import { X0T } from "../../core/parameters.ts";
import { passSeconds, startGovChain } from "../support/govChain.ts";
import { GUARDIANS, type ProtocolChain } from "../support/protocolChain.ts";
import { runInProcess } from "./runInProcess.ts";
import { runX0t, type Answer } from "./runX0t.ts";

interface Page {
  id: string;
  shortId: string;
  title: string;
  state: string;
  closesAt: number;
  endsAt: number;
  executableAt: number;
  snapshotAt: number;
  stake: Record<string, string>;
  quorum: { reached: string; needed: string };
  leads: boolean;
  calls: { contract?: string; function?: string; text: string }[];
}

describe("x0t gov, from the proposal to the change", function () {
  this.timeout(120_000);
  let chain: ProtocolChain;
  let dir: string;

  const words = (args: readonly string[], as?: number) => ["gov", ...args, "--network", join(dir, "network.json"), "--rpc", chain.rpcUrl, ...(as === undefined ? [] : ["--key-file", join(dir, `${as}.key`)])];
  const gov = (args: readonly string[], as?: number): Promise<Answer> => runInProcess(words(args, as));
  const ok = async (args: readonly string[], as?: number) => {
    const { code, stdout, stderr } = await gov(args, as);
    assert.deepEqual([code, stderr], [0, ""], stdout);
    return stdout;
  };
  const refused = async (expected: RegExp, args: readonly string[], as?: number, exit = 1) => {
    const { code, stdout, stderr } = await gov(args, as);
    assert.deepEqual([code, stdout], [exit, ""], stderr);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /^ +at /m);
  };
  const page = async (id: string) => JSON.parse(await ok(["show", id, "--json"])) as Page;
  const proposed = async (args: readonly string[], as = 0) => JSON.parse(await ok(["propose", "--json", ...args], as)) as Page;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-gov-"));
    chain = await startGovChain();
    await writeFile(join(dir, "network.json"), JSON.stringify({ contracts: chain.book, parameters: { devnetEpochSeconds: 12 } }));
    for (const index of [0, 1, 2, 3, 4, 20, ...GUARDIANS]) await writeFile(join(dir, `${index}.key`), chain.privateKeyOf(index), { mode: 0o600 });
    await writeFile(join(dir, "why.md"), "The reserve lasts longer.\n\n- half a pool\n- twice the stake\n");
  });
  after(async () => {
    await chain?.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("says that there is nothing yet", async () => {
    assert.match(await ok(["show"]), /Nobody has proposed anything/);
    assert.deepEqual(JSON.parse(await ok(["show", "--json"])), { proposals: [], more: false });
    await refused(/No proposal's id begins with abcd\. See: x0t gov show/, ["show", "abcd"]);
  });

  it("GOV-1 GOV-2 GOV-4 proposes, votes, queues and executes a change of a parameter and a payment", async () => {
    const payee = chain.accounts[21]!.address;
    const held = async () => (await readBalance(chain.client, { token: chain.contracts.X0TToken, account: payee })).x0tWei;
    const before = await held();
    const said = await ok(["propose", "--title", "Half the pool", "--description-file", join(dir, "why.md"), "--set", "poolPerEpoch", "5000", "targetStake", "20000", "--pay", payee, "250.5"], 0);
    assert.match(said, /^Proposed [0-9a-f]{8} "Half the pool":\n {2}1\. pay at most 5,000 X0T an epoch, all of it from a stake of 20,000 X0T on/);
    assert.match(said, /2\. pay 250\.5 X0T from the treasury to 0x[0-9a-fA-F]{40} \(1 % of it burns\)/);
    assert.match(said, /Voting begins .* UTC \(in 10 s\) and ends .* \(in 2 min 10 s\)\.\nNext: vote in 11 s: \.\/x0t gov vote [0-9a-f]{8} for --network /);
    const id = /^Proposed ([0-9a-f]{8})/.exec(said)![1]!;

    const pending = await page(id);
    assert.deepEqual([pending.shortId, pending.title, pending.state], [id, "Half the pool", "pending"]);
    assert.deepEqual(pending.calls.map((call) => `${call.contract}.${call.function}`), ["EpochRewards.setParameters", "X0TToken.transfer"]);
    await refused(/cannot be voted on: its vote has not begun\. Next: vote in 11 s/, ["vote", id, "for"], 0);
    await refused(/Exactly this was proposed before: \.\/x0t gov show [0-9a-f]{8}/, ["propose", "--title", "Half the pool", "--description-file", join(dir, "why.md"), "--set", "targetStake", "20000", "poolPerEpoch", "5000", "--pay", payee, "250.5"], 0);

    await chain.warpTo(pending.snapshotAt + 1);
    assert.match(
      await ok(["vote", id, "for", "--reason", "it is time"], 0),
      /voted for with 1,000 X0T on [0-9a-f]{8} "Half the pool"\.\nFor leads in stake and in ballots: that passes\.\nQuorum \(for and abstain\): 1,000 of 1,000 X0T, reached\./,
    );
    const against = await ok(["vote", id, "against"], 1);
    assert.match(against, /For leads in stake and in ballots/);
    await refused(/has voted on it before, and a vote is final/, ["vote", id, "against"], 0);
    await refused(/had nothing at stake at/, ["vote", id, "for"], 20);
    await ok(["vote", id, "against"], 4);
    const shown = await ok(["show", id.slice(0, 5)]);
    assert.match(shown, /\[voting\]/);
    assert.match(shown, /What the timelock will do, all 2 or nothing:\n {2}1\. pay at most 5,000 X0T/);
    assert.match(shown, /In the proposer's words:\n {2}The reserve lasts longer\.\n\n {2}- half a pool/);
    assert.match(shown, /for +1,000 X0T +50\.0 % +31\.6 +44\.2 %\n {2}against +1,000 X0T +50\.0 % +40\.0 +55\.8 %/);
    assert.match(shown, /A tie in stake, Against leads in ballots: that fails\./);
    assert.match(shown, /if it wins, it may be queued after that, and executed 30 s later/);
    await ok(["vote", id, "for"], 3);
    assert.match(await ok(["show", id]), /For leads in stake and in ballots: that passes/);
    await refused(/cannot be queued: its vote goes on/, ["queue", id], 0);

    await chain.warpTo((await page(id)).endsAt + 1);
    assert.match(await ok(["show", id]), /\[won\][\s\S]*Next: \.\/x0t gov queue [0-9a-f]{8}/);
    await refused(/cannot be executed: it won, and waits to be queued\. Next: \.\/x0t gov queue/, ["execute", id], 0);
    assert.match(await ok(["queue", id], 20), /^Queued [0-9a-f]{8} "Half the pool"\. It may be executed from .* UTC \(in 30 s\)\.\nNext: wait 30 s, then/);
    await refused(/may be executed from .* \(in 30 s\): until then the timelock holds it, and the guardian may cancel it/, ["execute", id], 20);
    await chain.warpTo((await page(id)).executableAt);
    // The commands that Next names work as they stand, in a shell.
    const { code, stdout, stderr } = await runX0t(words(["execute", id], 20), { timeoutMs: 30_000 });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Executed [0-9a-f]{8} "Half the pool":\n {2}1\. pay at most/);
    assert.match(await ok(["show", id]), /\[executed\][\s\S]*Next: nothing, it is done/);
    assert.equal((await held()) - before, (25_050n * X0T * 99n) / 10_000n);
    await refused(/cannot be executed: it was executed/, ["execute", id], 20);
  });

  it("GOV-3 takes a proposal back while it is pending", async () => {
    const { shortId } = await proposed(["--title", "A slip", "--set", "votingPeriod", "5m"]);
    await refused(/GovernorUnableToCancel/, ["cancel", shortId], 1);
    assert.match(await ok(["cancel", shortId], 0), /^Cancelled [0-9a-f]{8} "A slip", for good\./);
    await refused(/cannot be taken back by its proposer: it was cancelled/, ["cancel", shortId], 0);
  });

  it("GOV-2 says what is missing, and when only objections count", async () => {
    const { shortId } = await proposed(["--title", "Turned late", "--set", "votingDelay", "20s", "--set", "timelockDelay", "1h"]);
    const { snapshotAt, closesAt } = await page(shortId);
    await chain.warpTo(snapshotAt + 1);
    assert.match(await ok(["vote", shortId, "against"], 1), /Against leads in stake and in ballots: that fails\.\nQuorum .*: 0 of 1,000 X0T, 1,000 X0T missing\./);
    await ok(["vote", shortId, "abstain"], 3);
    await chain.warpTo(closesAt);
    assert.match(await ok(["vote", shortId, "for"], 2), /For leads in stake and in ballots: that passes/);
    // Voting goes on for all: it was the quorum that came late.
    const { endsAt } = await page(shortId);
    assert.equal(endsAt, closesAt + 30);
    await chain.warpTo(endsAt - 1);
    await ok(["vote", shortId, "against"], 0);
    assert.match(await ok(["show", shortId]), /For leads in stake, Against leads in ballots: that fails: without the lead in ballots it takes twice the stake against, 1,300 X0T more\./);
    await ok(["vote", shortId, "for"], 4);
    assert.match(await ok(["show", shortId]), /Against leads in ballots: that fails/);
    await chain.warpTo(endsAt + 1);
    const shown = await ok(["show", shortId]);
    assert.match(shown, /\[defeated\]/);
    assert.match(shown, /Next: nothing, it is over; who still wants it proposes it anew/);
  });

  it("GOV-2 shows the objections' time as a state of its own", async () => {
    const { shortId } = await proposed(["--title", "Lulled", "--set", "timelockDelay", "1h"]);
    const { snapshotAt, closesAt } = await page(shortId);
    await chain.warpTo(snapshotAt + 1);
    await ok(["vote", shortId, "abstain"], 2);
    await chain.warpTo(closesAt);
    await ok(["vote", shortId, "for"], 3);
    await passSeconds(chain, 1);
    assert.match(await ok(["show", shortId]), /\[objections\][\s\S]*objections alone are taken until .* \(in 29 s\): a late vote turned it[\s\S]*Next: \.\/x0t gov vote [0-9a-f]{8} against/);
    await refused(/since a late vote turned it, only objections \(against\) count now/, ["vote", shortId, "for"], 0);
    assert.match(await ok(["vote", shortId, "against"], 0), /Against leads in stake and in ballots/);
  });

  it("lists the newest first, and tells alike beginnings apart", async () => {
    const list = await ok(["show"]);
    assert.match(list, /^PROPOSAL +STATE +TITLE\n[0-9a-f]{8} +objections +Lulled +fails as it stands; ends in 2\d s\n[0-9a-f]{8} +defeated +Turned late +voted down\n[0-9a-f]{8} +cancelled +A slip\n[0-9a-f]{8} +executed +Half the pool\n/);
    assert.match(await ok(["show", "--limit", "2"]), /Turned late[\s\S]*Older ones: --limit 4/);
    const { proposals, more } = JSON.parse(await ok(["show", "--limit", "3", "--json"])) as { proposals: Page[]; more: boolean };
    assert.deepEqual([proposals.map(({ title }) => title), more], [["Lulled", "Turned late", "A slip"], true]);
    const [{ id }] = proposals as [Page];
    assert.equal((await page(id)).title, "Lulled");
    assert.equal((await page(BigInt(id).toString())).title, "Lulled");
    assert.equal((await page(id.slice(0, 12).toUpperCase().replace("0X", ""))).title, "Lulled");
  });

  it("never lets a stranger's text repaint the terminal", async () => {
    const { proposalId } = await propose(chain.sender(0), {
      governor: chain.contracts.X0TGovernor,
      calls: [{ target: "0x000000000000000000000000000000000000dEaD", valueWei: 1n, data: "0x1234" }],
      description: "# \x1b[2JHarmless\x07\n\nNothing \u202eto see",
    });
    const shown = await ok(["show", proposalId.toString(16).padStart(64, "0").slice(0, 8)]);
    assert.match(shown, /\[2JHarmless {2}\[pending\]/);
    // eslint-disable-next-line no-control-regex -- the very signs
    assert.doesNotMatch(shown, /[\x00-\x09\x0b-\x1f\u202e]/);
    assert.match(shown, /1\. UNKNOWN: call 0x000000000000000000000000000000000000dEaD with 0 ETH, calldata 0x1234/);
  });

  it("GOV-4 refuses a proposal that could never be executed, before anybody votes on it", async () => {
    await refused(/--set votingPeriod: from 10 s to 30 d, not 9 s\. No vote can change these bounds/, ["propose", "--title", "x", "--set", "votingPeriod", "9s"], 0, 2);
    await refused(/--set poolPerEpoch: from 0 X0T to 10000 X0T, not 10001 X0T/, ["propose", "--title", "x", "--set", "poolPerEpoch", "10001"], 0, 2);
    await refused(/Executed now, it would fail\. Call 1: The contract refused setParameters with EpochRewards_OutOfBounds.*--anyway/, ["propose", "--title", "x", "--call", "EpochRewards.setParameters(10001e18, 20000e18)"], 0);
    await refused(/ERC20InsufficientBalance/, ["propose", "--title", "x", "--pay", chain.accounts[5]!.address, "999999999"], 0);
    await refused(/X0TGovernor_Disabled/, ["propose", "--title", "x", "--call", "X0TGovernor.relay(X0TTimelock, 0, 0x)"], 0);
    const dry = await ok(["propose", "--title", "x", "--call", "X0TGovernor.setVotingDelay(1h)", "--set", "guardian", chain.accounts[5]!.address, "--dry-run"]);
    assert.match(dry, /^This would be proposed:\n {2}1\. make 0x.{40} the guardian\n {2}2\. set the delay before a vote to 1 h\n$/);
    await refused(/Proposing takes 100 X0T at stake/, ["propose", "--title", "x", "--set", "votingPeriod", "5m"], 20);
    await ok(["propose", "--title", "Pay later", "--pay", chain.accounts[5]!.address, "999999999", "--anyway"], 0);
  });

  it("GOV-3 lets the guardian's owners cancel what is queued, but not their own replacement, and pause", async () => {
    const owners = GUARDIANS.slice(0, 2).flatMap((index) => ["--key-file", join(dir, `${index}.key`)]);
    const queued = async (args: readonly string[]) => {
      const { shortId } = await proposed(args);
      await chain.warpTo((await page(shortId)).snapshotAt + 1);
      await ok(["vote", shortId, "for"], 0);
      await ok(["vote", shortId, "for"], 2);
      await chain.warpTo((await page(shortId)).endsAt + 1);
      await ok(["queue", shortId], 0);
      return shortId;
    };
    const hostile = await queued(["--title", "Empty the treasury", "--pay", chain.accounts[9]!.address, "100000000"]);
    assert.match(await ok(["guard", "cancel", hostile, "--print"]), /^For the owners of the Safe 0x.{40} on chain \d+:\n {2}to {4}0x[\s\S]*data {2}0x452115d6/);
    await refused(/asks for 2 of its 3 owners; 1 of these keys are theirs/, ["guard", "cancel", hostile, ...owners.slice(0, 2), "--key-file", join(dir, "0.key")]);
    await refused(/asks for 2 of its 3 owners; 1 of/, ["guard", "cancel", hostile, ...owners.slice(0, 2), ...owners.slice(0, 2)]);
    assert.match(await ok(["guard", "cancel", hostile, ...owners]), /^The guardian cancelled [0-9a-f]{8} "Empty the treasury", for good\./);
    assert.equal((await page(hostile)).state, "canceled");
    await refused(/cannot be cancelled by the guardian: it was cancelled/, ["guard", "cancel", hostile, ...owners]);

    const { shortId } = await proposed(["--title", "Too early to cancel", "--set", "votingPeriod", "5m"]);
    await refused(/cannot be cancelled by the guardian: its vote has not begun/, ["guard", "cancel", shortId, ...owners]);
    const replacement = await queued(["--title", "Another guardian", "--set", "guardian", chain.accounts[9]!.address]);
    assert.match(await ok(["show", replacement]), /The guardian cannot cancel it: it does nothing but replace the guardian/);
    await refused(/only replaces the guardian: the guardian cannot cancel that/, ["guard", "cancel", replacement, ...owners]);

    assert.match(await ok(["guard", "pause", "--for", "1h", ...owners]), /^Paused until .* \(in 1 h\)/);
    await refused(/GuardianSeat_BadPause/, ["guard", "pause", "--for", "900h", ...owners]);
    assert.match(await ok(["guard", "unpause", ...owners]), /The pause is over/);
    await chain.warpTo((await page(replacement)).executableAt);
    await ok(["execute", replacement], 0);
    await refused(/is no Safe: it must send this with a wallet of its own/, ["guard", "unpause", ...owners]);
  });

  it("names the way out of wrong usage", async () => {
    const wrong = (expected: RegExp, args: readonly string[], as?: number) => refused(expected, args, as, 2);
    await wrong(/Say what is proposed: --set PARAMETER VALUE, --pay ADDRESS AMOUNT or --call/, ["propose", "--title", "x"], 0);
    await wrong(/--set takes PARAMETER VALUE/, ["propose", "--title", "x", "--set", "votingPeriod"], 0);
    await wrong(/these can be set: poolPerEpoch, .*guardian/, ["propose", "--title", "x", "--set", "colour", "red"], 0);
    await wrong(/--set votingPeriod stands there twice/, ["propose", "--title", "x", "--set", "votingPeriod", "60s", "votingperiod", "70s"], 0);
    await wrong(/--set votingPeriod soon: write a time like 30s, 2h or 1d/, ["propose", "--title", "x", "--set", "votingPeriod", "soon"], 0);
    await wrong(/neither an address nor the name of a contract/, ["propose", "--title", "x", "--pay", "alice", "5"], 0);
    await wrong(/--description-file \/nowhere cannot be read/, ["propose", "--title", "x", "--set", "votingPeriod", "60s", "--description-file", "/nowhere"], 0);
    await wrong(/--title is one line/, ["propose", "--title", " ", "--set", "votingPeriod", "60s"], 0);
    await wrong(/Say who signs: --key-file FILE/, ["propose", "--title", "x", "--set", "votingPeriod", "60s"]);
    await wrong(/Vote for, against or abstain, not "yes"/, ["vote", "abcd", "yes"], 0);
    await wrong(/"xyz" is no proposal's id/, ["show", "xyz"]);
  });
});
