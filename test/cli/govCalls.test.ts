import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeFunctionData, getAddress, toHex, type Abi, type Address } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describeCall } from "../../core/describeCall.ts";
import { openGovSender } from "../../cli/gov/openGovSender.ts";
import { parseCall, parseInteger } from "../../core/parseCall.ts";
import { plainText } from "../../core/plainText.ts";
import { formatDuration, formatMoment } from "../../core/durations.ts";
import type { Network } from "../../cli/network.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { x0tTimelockAbi } from "../../core/abi/X0TTimelock.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import type { AddressBook } from "../../core/addressBook.ts";
import { X0T } from "../../core/parameters.ts";
import { X0tError } from "../../core/x0tError.ts";

const NAMES = ["X0TToken", "NodeRegistry", "ProofLedger", "EpochRewards", "RelayChannels", "Marketplace", "X0TGovernor", "X0TTimelock", "GuardianSeat", "GuardianSafe"];
const contracts = Object.fromEntries(NAMES.map((name, index) => [name, getAddress(toHex(0xa0 + index, { size: 20 }))])) as AddressBook["contracts"];
const book: AddressBook = { chainId: 31337, deployBlock: 0, contracts };
const somebody: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const data = (abi: Abi | readonly unknown[], functionName: string, args: readonly unknown[]) => encodeFunctionData({ abi: abi as Abi, functionName, args });
const parsed = (text: string) => {
  const { target, data: calldata, valueWei } = parseCall(text, book);
  assert.equal(valueWei, 0n);
  return [target, calldata];
};
const refused = (text: string, expected: RegExp) =>
  assert.throws(() => parseCall(text, book), (error) => error instanceof X0tError && error.code === "X0T_USAGE" && (expected.test(error.message) || assert.fail(error.message)));

describe("a proposal's calls in words", () => {
  it("reads amounts, times, names and capitals as people write them", () => {
    const expected = [contracts.EpochRewards, data(epochRewardsAbi, "setParameters", [5_000n * X0T, 20_000n * X0T])];
    for (const text of [
      "EpochRewards.setParameters(5000e18, 20000e18)",
      " epochrewards . setparameters ( 5000 X0T,20_000e18 ) ",
      "EpochRewards.setParameters(5.000e21, 20000x0t)",
      "EpochRewards.setParameters(5000000000000000000000, 2e22)",
    ]) {
      assert.deepEqual(parsed(text), expected, text);
    }
    assert.deepEqual(parsed("X0TTimelock.updateDelay(2d)"), [contracts.X0TTimelock, data(x0tTimelockAbi, "updateDelay", [172_800n])]);
    assert.deepEqual(parsed(`X0TToken.approve(Marketplace, 1)`), [contracts.X0TToken, data(x0tTokenAbi, "approve", [contracts.Marketplace, 1n])]);
    assert.deepEqual(parsed(`${somebody}:0x1234`), [somebody, "0x1234"]);
    assert.deepEqual(parsed(`${somebody}:0x`), [somebody, "0x"]);
  });

  it("reads lists, groups, bytes, texts and truth", () => {
    const bytes32 = `0x${"ab".repeat(32)}` as const;
    const schedule = [[somebody, contracts.X0TToken], [0n, 5n], ["0x", "0x12"], bytes32, bytes32, 60n];
    assert.deepEqual(
      parsed(`X0TTimelock.scheduleBatch([${somebody}, X0TToken], [0, 5], [0x, 0x12], ${bytes32}, ${bytes32}, 1m)`),
      [contracts.X0TTimelock, data(x0tTimelockAbi, "scheduleBatch", schedule)],
    );
    const commit = { node: 1, epoch: 2n, bitmap: 3n, receiptsRoot: bytes32, relayedBytes: 4n, cid: bytes32 };
    assert.deepEqual(parsed(`ProofLedger.commit((1, 2, 3, ${bytes32}, 4, ${bytes32}))`), [contracts.ProofLedger, data(proofLedgerAbi, "commit", [commit])]);
  });

  it("refuses what it cannot read, and says what it could", () => {
    refused("setParameters(1, 2)", /write it like "EpochRewards\.setParameters/);
    refused("Nobody.pay(1)", /no contract "Nobody"\. These can be called: X0TToken, /);
    refused("EpochRewards.steal(1)", /EpochRewards has no function "steal".*It has: claim, migrateReserve, setParameters/);
    refused("EpochRewards.unallocated()", /no function "unallocated" that a proposal could call/);
    refused("EpochRewards.setParameters(1)", /does not take 1 argument: setParameters\(uint256 poolPerEpoch, uint256 targetStake\)/);
    refused("EpochRewards.setParameters(1, two)", /targetStake \(uint256\): write a whole number such as 5000/);
    refused("EpochRewards.setParameters(1, )", /not nothing/);
    refused("EpochRewards.setParameters(1, 1.5)", /write a whole number/);
    refused("EpochRewards.setParameters(1, -5)", /setParameters/);
    refused("X0TToken.transfer(0x70997970C51812dc3A010C7d01b50e0d17dc79c8, 1)", /is no address/);
    refused("X0TToken.transfer(alice, 1)", /neither an address nor the name/);
    refused("X0TGovernor.setVotingDelay(300000000000000)", /setVotingDelay/);
    refused("X0TTimelock.execute(X0TToken, 0, zz, 0x, 0x)", /write bytes as 0x/);
    refused("X0TTimelock.scheduleBatch(X0TToken, [], [], 0x, 0x, 1)", /write a list like/);
    refused("ProofLedger.commit(1)", /write a group like/);
  });

  it("reads whole numbers exactly", () => {
    assert.deepEqual(["0", "12", "1_000", "1e3", "1.25e2", "12.5 X0T", "90s", "2h", "-3"].map(parseInteger), [0n, 12n, 1000n, 1000n, 125n, (25n * X0T) / 2n, 90n, 7200n, -3n]);
    for (const text of ["", "1.5", "1.255e2", "0x10", "five", "1e100", "1 2", "X0T"]) assert.throws(() => parseInteger(text), Error, text);
  });

  it("says what a call does, by name, amount and time; what it does not know it shows as UNKNOWN", () => {
    const said = (text: string) => describeCall(parseCall(text, book), book).text;
    assert.equal(said(`X0TToken.transfer(${somebody}, 250.5 X0T)`), `pay 250.5 X0T from the treasury to ${somebody} (1 % of it burns)`);
    assert.equal(said("X0TGovernor.setVotingPeriod(5d)"), "let a vote last 5 d");
    assert.equal(said("X0TGovernor.setProposalThreshold(60000 X0T)"), "ask a proposer for 60,000 X0T at stake");
    assert.equal(said("GuardianSeat.setGuardian(GuardianSafe)"), `make GuardianSafe (${contracts.GuardianSafe}) the guardian`);
    assert.equal(said(`X0TToken.removeVault(Marketplace)`), `X0TToken.removeVault(vault: Marketplace (${contracts.Marketplace}))`);
    assert.equal(said("EpochRewards.claim(7, [1, 2])"), "EpochRewards.claim(node: 7, epochs: [1, 2])");
    assert.match(said(`${somebody}:0x1234`), /^UNKNOWN: call 0x70997970C51812dc3A010C7d01b50e0d17dc79C8, calldata 0x1234$/);
    assert.match(said(`${contracts.GuardianSafe}:0x${"00".repeat(100)}`), /^UNKNOWN: call GuardianSafe, calldata 0x0{72}… \(100 bytes\)$/);
    assert.match(said(`${contracts.X0TToken}:0xdeadbeef`), /^UNKNOWN: call X0TToken, calldata 0xdeadbeef$/);
    assert.match(describeCall({ target: somebody, valueWei: 2n * X0T, data: "0x" }, book).text, /^UNKNOWN: call 0x.{40} with 2 ETH, no calldata$/);
  });

  it("tells times apart from moments", () => {
    assert.deepEqual([0, 5, 60, 3_660, 90_061, 86_400 * 3 + 60].map(formatDuration), ["0 s", "5 s", "1 min", "1 h 1 min", "1 d 1 h", "3 d"]);
    assert.deepEqual([90, 100, 110].map((seconds) => formatMoment(seconds, 100)), [
      "1970-01-01 00:01:30 UTC (10 s ago)",
      "1970-01-01 00:01:40 UTC (now)",
      "1970-01-01 00:01:50 UTC (in 10 s)",
    ]);
    assert.equal(plainText("a\r\nb\tc\x1b[31m\u202e\u200bd é 日"), "a\nb  c[31md é 日");
  });
});

describe("who signs for x0t gov", () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-gov-"));
    for (const index of [0, 3]) await writeFile(join(dir, `operator-${index}.key`), toHex(index + 1, { size: 32 }), { mode: 0o600 });
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const addressOf = (key: number) => privateKeyToAccount(toHex(key, { size: 32 })).address;
  const devnet = () => ({ contracts: book, client: {}, devnet: { paths: { keyFile: (name: string) => join(dir, `${name}.key`) } } }) as unknown as Network;
  const elsewhere = () => ({ contracts: book, client: {} }) as unknown as Network;

  it("on a devnet is the operator of --node, and for what anyone may do operator 0", async () => {
    assert.equal((await openGovSender(devnet(), { node: 3 })).account, addressOf(4));
    assert.equal((await openGovSender(devnet(), {}, true)).account, addressOf(1));
    assert.equal((await openGovSender(elsewhere(), { keyFile: join(dir, "operator-3.key") })).account, addressOf(4));
  });

  it("must be said where it matters", async () => {
    await assert.rejects(openGovSender(devnet(), {}), /--key-file FILE.*or --node N/);
    await assert.rejects(openGovSender(elsewhere(), { node: 0 }, true), /--key-file FILE, with an operator's private key in it\.$/);
    await assert.rejects(openGovSender(devnet(), { node: 7 }), /Say whose key signs/);
  });
});
