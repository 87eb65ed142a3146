import assert from "node:assert/strict";
import { getAddress, toHex } from "viem";
import type { AddressBook } from "../../../../core/addressBook.ts";
import { describeCall } from "../../../../core/describeCall.ts";
import { X0T } from "../../../../core/parameters.ts";
import { changesOf, type SettingName, type SettingValues } from "../../../../core/settings.ts";
import { callsOfDraft, readDraft, type DraftAction } from "../../../../web/src/pages/govern/draft.ts";

const NAMES = ["X0TToken", "NodeRegistry", "ProofLedger", "EpochRewards", "RelayChannels", "Marketplace", "X0TGovernor", "X0TTimelock", "GuardianSeat", "GuardianSafe"];
const contracts = Object.fromEntries(NAMES.map((name, index) => [name, getAddress(toHex(0xa0 + index, { size: 20 }))])) as AddressBook["contracts"];
const book: AddressBook = { chainId: 31337, deployBlock: 0, contracts };
const times = { value: 120n, least: 10n, most: 86_400n };
const current: SettingValues = {
  poolPerEpoch: { value: 10_000n * X0T, least: 0n, most: 10_000n * X0T },
  targetStake: { value: 20_000n * X0T, least: 1_000n * X0T, most: 400_000n * X0T },
  proposalThreshold: { value: 100n * X0T, least: X0T, most: 1_000n * X0T },
  votingDelay: times,
  votingPeriod: times,
  lateQuorumExtension: times,
  timelockDelay: times,
};
const set = (name: SettingName, value: string): DraftAction => ({ kind: "setting", name, value });
const somebody = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const calls = (...actions: DraftAction[]) => callsOfDraft(readDraft(actions, book, current));
const words = (...actions: DraftAction[]) => (calls(...actions) ?? []).map((call) => describeCall(call, book).text);
const problem = (action: DraftAction) => {
  const [read] = readDraft([action], book, current);
  return read !== undefined && "problem" in read ? read.problem : undefined;
};

describe("a proposal as a person fills it in", () => {
  it("becomes calls that say what was typed", () => {
    assert.deepEqual(words(set("votingPeriod", "2h"), { kind: "pay", to: somebody, amount: "1,000.5" }, { kind: "call", text: "X0TToken.burn(5 X0T)" }), [
      "let a vote last 2 h",
      `pay 1,000.5 X0T from the treasury to ${somebody} (1 % of it burns)`,
      "burn 5 X0T of the treasury",
    ]);
    assert.deepEqual(words({ kind: "call", text: `${somebody}:0x1234` }), [`UNKNOWN: call ${somebody}, calldata 0x1234`]);
  });

  it("sets pool and target in one call, and leaves the other one as it is", () => {
    const both = calls(set("poolPerEpoch", "0"), set("targetStake", "30000"));
    assert.equal(both?.length, 1);
    assert.deepEqual(both?.flatMap((call) => changesOf(describeCall(call, book))), [
      { name: "poolPerEpoch", value: 0n },
      { name: "targetStake", value: 30_000n * X0T },
    ]);
    const [one] = calls(set("poolPerEpoch", "5000")) ?? [];
    assert.deepEqual(one && changesOf(describeCall(one, book)).map(({ value }) => value), [5_000n * X0T, 20_000n * X0T]);
  });

  it("GOV-4 says what is wrong with each action on its own, and proposes nothing then", () => {
    assert.match(problem(set("poolPerEpoch", "10001")) ?? "", /From 0 X0T to 10,000 X0T/);
    assert.match(problem(set("votingDelay", "9s")) ?? "", /From 10 s to 1 d/);
    assert.match(problem(set("votingDelay", "soon")) ?? "", /like 30s/);
    assert.match(problem(set("timelockDelay", "2m")) ?? "", /is 2 min already/);
    assert.match(problem({ kind: "pay", to: "0x12", amount: "1" }) ?? "", /must be an address/);
    assert.match(problem({ kind: "pay", to: somebody, amount: "much" }) ?? "", /number such as/);
    assert.match(problem({ kind: "call", text: "Nobody.burn(1)" }) ?? "", /^There is no contract "Nobody"/);
    assert.match(problem({ kind: "call", text: "X0TToken.burn(lots)" }) ?? "", /^amount \(uint256\): write a whole number/);
    assert.equal(calls(set("votingDelay", "9s"), set("votingPeriod", "2h")), undefined);
    assert.equal(calls(set("votingDelay", "")), undefined, "not filled in");
    const twice = readDraft([set("votingDelay", "20s"), set("votingDelay", "30s")], book, current);
    assert.ok(twice[1] !== undefined && "problem" in twice[1]);
  });
});
