import assert from "node:assert/strict";
import { concatHex, encodeFunctionData, maxUint256, toFunctionSelector, toHex, zeroAddress, type Abi } from "viem";
import { X0T } from "../../core/parameters.ts";
import { protocolParameters } from "../../ignition/protocolParameters.ts";
import { assertions, deployProtocolFixture, loadFixture, networkFixture, P, poor, viem, type Protocol } from "./support/protocol.ts";
import { as, call, enact, execute, governorParameters, ripe } from "./support/proposals.ts";

const DAY = 86_400n;
const stranger = poor.account.address;

async function governed() {
  const protocol = await networkFixture();
  return { protocol, ...protocol };
}

interface Setting {
  contract: "governor" | "timelock";
  setter: string;
  getter: string;
  least: bigint;
  most: bigint;
  error: "X0TGovernor_OutOfBounds" | "X0TTimelock_OutOfBounds";
}

/** Everything that a vote may set in the Governor and the timelock, with the devnet's bounds. */
const SETTINGS: readonly Setting[] = [
  { contract: "governor", setter: "setVotingDelay", getter: "votingDelay", least: 1n, most: 14n * DAY, error: "X0TGovernor_OutOfBounds" },
  { contract: "governor", setter: "setVotingPeriod", getter: "votingPeriod", least: 10n, most: 30n * DAY, error: "X0TGovernor_OutOfBounds" },
  { contract: "governor", setter: "setLateQuorumVoteExtension", getter: "lateQuorumVoteExtension", least: 1n, most: 7n * DAY, error: "X0TGovernor_OutOfBounds" },
  { contract: "governor", setter: "setProposalThreshold", getter: "proposalThreshold", least: X0T, most: 1_000_000n * X0T, error: "X0TGovernor_OutOfBounds" },
  { contract: "timelock", setter: "updateDelay", getter: "getMinDelay", least: 1n, most: 30n * DAY, error: "X0TTimelock_OutOfBounds" },
];

const read = (protocol: Protocol, { contract, getter }: Setting) =>
  (protocol[contract].read as unknown as Record<string, () => Promise<bigint | number>>)[getter]!().then(BigInt);

describe("X0TGovernor settings", () => {
  for (const setting of SETTINGS) {
    const { contract, setter, least, most, error } = setting;
    it(`GOV-4 ${setter} keeps to its bounds, through a whole vote, to the second and the wei`, async () => {
      const { protocol } = await loadFixture(governed);
      const set = (value: bigint) => call(protocol[contract], setter, [value]);
      // The late extension also stays within the voting period.
      const room = call(protocol.governor, "setVotingPeriod", [30n * DAY]);
      const values = setter === "setLateQuorumVoteExtension" ? [room, set(most)] : [set(most)];
      for (const value of [least - 1n, most + 1n]) {
        const wrong = await ripe(protocol, [set(value)]);
        await assertions.revertWithCustomErrorWithArgs(execute(wrong), protocol[contract] as Protocol["governor"], error as "X0TGovernor_OutOfBounds", [value, least, most]);
      }
      await enact(protocol, [set(least)]);
      assert.equal(await read(protocol, setting), least);
      await enact(protocol, values);
      assert.equal(await read(protocol, setting), most);
    });

    it(`GOV-4 ${setter} takes no call but of a proposal that is being executed`, async () => {
      const { protocol, governor, timelock } = await loadFixture(governed);
      const data = call(protocol[contract], setter, [least]).data;
      const to = protocol[contract].address;
      const send = (account: `0x${string}`) => poor.sendTransaction({ to, data, account });
      if (contract === "timelock") {
        await assertions.revertWithCustomError(send(await as(governor.address)), timelock, "TimelockUnauthorizedCaller");
        await assertions.revertWithCustomError(send(stranger), timelock, "TimelockUnauthorizedCaller");
        return;
      }
      for (const by of [stranger, governor.address]) {
        await assertions.revertWithCustomError(send(await as(by)), governor, "GovernorOnlyExecutor");
      }
      // In the timelock's own name, but outside of Governor.execute: 0x31 is a pop from an empty queue.
      await assert.rejects(send(await as(timelock.address)), /0x31|empty array|popped/i);
    });
  }

  it("GOV-4 a value beyond its type is refused, not cut off", async () => {
    const { protocol, governor } = await loadFixture(governed);
    for (const [signature, bits] of [["setVotingDelay(uint48)", 48n], ["setVotingPeriod(uint32)", 32n], ["setLateQuorumVoteExtension(uint48)", 48n]] as const) {
      const data = concatHex([toFunctionSelector(signature), toHex(2n ** bits + 60n, { size: 32 })]);
      const proposal = await ripe(protocol, [{ target: governor.address, valueWei: 0n, data }]);
      await assert.rejects(execute(proposal));
    }
    assert.deepEqual(
      [await governor.read.votingDelay(), await governor.read.votingPeriod(), await governor.read.lateQuorumVoteExtension()],
      [BigInt(P.votingDelaySeconds), BigInt(P.votingPeriodSeconds), P.lateQuorumSeconds],
    );
  });

  it("GOV-4 GovernorPreventLateQuorumVoteExtensionTooLarge: no extension longer than the vote", async () => {
    const { protocol, governor } = await loadFixture(governed);
    const proposal = await ripe(protocol, [call(governor, "setLateQuorumVoteExtension", [P.votingPeriodSeconds + 1])]);
    await assertions.revertWithCustomError(execute(proposal), governor, "GovernorPreventLateQuorumVoteExtensionTooLarge");
  });

  it("GOV-4 X0TGovernor_Disabled: relay and updateTimelock, for proposals as for anybody", async () => {
    const { protocol, governor, timelock, token } = await loadFixture(governed);
    const relayed = encodeFunctionData({ abi: token.abi, functionName: "transfer", args: [stranger, 1n] });
    for (const disabled of [
      call(governor, "relay", [token.address, 0n, relayed]),
      call(governor, "relay", [timelock.address, 0n, encodeFunctionData({ abi: timelock.abi, functionName: "updateDelay", args: [1n] })]),
      call(governor, "updateTimelock", [stranger]),
    ]) {
      await assertions.revertWithCustomError(execute(await ripe(protocol, [disabled])), governor, "X0TGovernor_Disabled");
      const alone = poor.sendTransaction({ to: governor.address, data: disabled.data });
      await assertions.revertWithCustomError(alone, governor, "X0TGovernor_Disabled");
    }
    assert.equal((await governor.read.timelock()).toLowerCase(), timelock.address.toLowerCase());
  });

  it("GOV-4 nothing else of the Governor or the timelock can be set: these are all the functions that write", async () => {
    const { governor, timelock } = await loadFixture(governed);
    const writing = ({ abi }: { abi: unknown }) =>
      (abi as Abi)
        .flatMap((entry) => (entry.type === "function" && !["view", "pure"].includes(entry.stateMutability) ? [entry.name] : []))
        .sort();
    assert.deepEqual(writing(governor), [
      "cancel",
      "castVote",
      "castVoteBySig",
      "castVoteWithReason",
      "castVoteWithReasonAndParams",
      "castVoteWithReasonAndParamsBySig",
      "execute",
      "onERC1155BatchReceived",
      "onERC1155Received",
      "onERC721Received",
      "propose",
      "queue",
      "relay",
      "setLateQuorumVoteExtension",
      "setProposalThreshold",
      "setVotingDelay",
      "setVotingPeriod",
    ]);
    assert.deepEqual(writing(timelock), [
      "cancel",
      "execute",
      "executeBatch",
      "grantRole",
      "onERC1155BatchReceived",
      "onERC1155Received",
      "onERC721Received",
      "renounceRole",
      "revokeRole",
      "schedule",
      "scheduleBatch",
      "updateDelay",
    ]);
  });

  it("GOV-4 the bounds are those of the network's parameter file", async () => {
    const { governor, timelock } = await loadFixture(governed);
    const file = protocolParameters(P, { allocations: [], guardianOwners: [], guardianThreshold: 2 })["Protocol"] as Record<string, { least: number; most: number }>;
    const bounds = (range: { least: number | bigint; most: number | bigint }) => [BigInt(range.least), BigInt(range.most)];
    assert.deepEqual(await Promise.all([governor.read.votingDelayLeast(), governor.read.votingDelayMost()]), bounds(file["votingDelayRange"]!));
    assert.deepEqual(await Promise.all([governor.read.votingPeriodLeast(), governor.read.votingPeriodMost()]), bounds(file["votingPeriodRange"]!));
    assert.deepEqual(await Promise.all([governor.read.lateQuorumLeast(), governor.read.lateQuorumMost()]), bounds(file["lateQuorumRange"]!));
    assert.deepEqual(await Promise.all([governor.read.thresholdLeast(), governor.read.thresholdMost()]), bounds(file["thresholdRange"]!));
    const least = file["timelockSecondsLeast"] as unknown as number;
    const most = file["timelockSecondsMost"] as unknown as number;
    assert.deepEqual(await Promise.all([timelock.read.minDelayLeast(), timelock.read.minDelayMost()]), bounds({ least, most }));
    assert.deepEqual([await governor.read.voteAge(), await governor.read.quorumFloor()], [BigInt(P.voteAgeSeconds), P.quorumFloor]);
  });
});

describe("X0TGovernor's constructor", () => {
  it("GOV-4 X0TGovernor_BadParameters: a seat of another timelock, no floor or one out of reach, a free proposal, an age nobody reaches", async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const deploy = (changes: Record<string, unknown>) => viem.deployContract("X0TGovernor", [governorParameters(protocol, changes)]);
    await deploy({ voteAge: 90n * DAY, quorumFloor: 200_000_000n * X0T });
    const other = await viem.deployContract("GuardianSeat", [protocol.token.address, stranger, 1n, 2n]);
    for (const bad of [
      { seat: other.address },
      { seat: zeroAddress },
      { quorumFloor: 0n },
      { quorumFloor: 200_000_000n * X0T + 1n },
      { thresholdRange: { least: 0n, most: maxUint256 } },
      { voteAge: 90n * DAY + 1n },
    ]) {
      await assert.rejects(deploy(bad), /X0TGovernor_BadParameters/);
    }
    // No registry, no clock.
    await assert.rejects(deploy({ registry: zeroAddress }));
    await assert.rejects(deploy({ registry: protocol.token.address }));
  });

  it("GOV-4 X0TGovernor_OutOfBounds: it begins within its bounds", async () => {
    const protocol = await loadFixture(deployProtocolFixture);
    const deploy = (changes: Record<string, unknown>) => viem.deployContract("X0TGovernor", [governorParameters(protocol, changes)]);
    const beside = (value: bigint) => [{ least: value + 1n, most: value + 2n }, { least: 1n, most: value - 1n }, { least: value + 1n, most: value - 1n }];
    const { votingDelaySeconds, votingPeriodSeconds, lateQuorumSeconds, proposalThreshold } = P;
    for (const [name, value] of [
      ["votingDelayRange", BigInt(votingDelaySeconds)],
      ["votingPeriodRange", BigInt(votingPeriodSeconds)],
      ["lateQuorumRange", BigInt(lateQuorumSeconds)],
      ["thresholdRange", proposalThreshold],
    ] as const) {
      for (const range of beside(value)) await assert.rejects(deploy({ [name]: range }), /X0TGovernor_OutOfBounds/);
      await deploy({ [name]: { least: value, most: value } });
    }
  });
});
