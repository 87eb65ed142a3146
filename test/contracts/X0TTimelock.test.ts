import assert from "node:assert/strict";
import { keccak256, toHex, zeroAddress, zeroHash, type Address } from "viem";
import { X0T } from "../../core/parameters.ts";
import {
  alice,
  assertions,
  at,
  deployer,
  loadFixture,
  networkFixture,
  P,
  poor,
  time,
  viem,
  type Protocol,
} from "./support/protocol.ts";
import { as, call, enact, execute, proposer, queue, queued, ripen, succeeded } from "./support/proposals.ts";

const DELAY = BigInt(P.timelockSeconds);
const SALT = keccak256("0x01");
const role = (name: string) => keccak256(toHex(name));
const ROLES = { PROPOSER: role("PROPOSER_ROLE"), CANCELLER: role("CANCELLER_ROLE"), EXECUTOR: role("EXECUTOR_ROLE"), ADMIN: zeroHash };

async function governed() {
  const protocol = await networkFixture();
  const governorAccount = await as(protocol.governor.address);
  const pay = call(protocol.token, "transfer", [alice.account.address, 100n * X0T]);
  const single = [pay.target, 0n, pay.data, zeroHash, SALT] as const;
  const batch = [[pay.target], [0n], [pay.data], zeroHash, SALT] as const;
  return { protocol, ...protocol, governorAccount, single, batch };
}

/** Everybody who might think to have a say: the deployer, the guardian, a proposer, the timelock, a stranger. */
async function outsiders({ guardian, timelock }: Protocol): Promise<Address[]> {
  return [deployer.account.address, proposer.address, poor.account.address, await as(guardian.address), await as(timelock.address)];
}

describe("X0TTimelock", () => {
  it("GOV-3 AccessControlUnauthorizedAccount: only the Governor schedules and cancels", async () => {
    const { protocol, timelock, governorAccount, single, batch } = await loadFixture(governed);
    await timelock.write.schedule([...single, DELAY], { account: governorAccount });
    const id = await timelock.read.hashOperation([...single]);
    for (const account of await outsiders(protocol)) {
      for (const [act, needed] of [
        [timelock.write.schedule([...single, DELAY], { account }), ROLES.PROPOSER],
        [timelock.write.scheduleBatch([...batch, DELAY], { account }), ROLES.PROPOSER],
        [timelock.write.cancel([id], { account }), ROLES.CANCELLER],
      ] as const) {
        await assert.rejects(act, new RegExp(`AccessControlUnauthorizedAccount[\\s\\S]*${needed}`));
      }
    }
    await timelock.write.cancel([id], { account: governorAccount });
    assert.equal(await timelock.read.isOperation([id]), false);
  });

  it("GOV-3 anyone executes, but only what was scheduled, as it was scheduled, after its delay", async () => {
    const { timelock, token, governorAccount, single, batch } = await loadFixture(governed);
    const account = poor.account;
    const notReady = (act: Promise<unknown>) => assertions.revertWithCustomError(act, timelock, "TimelockUnexpectedOperationState");
    await notReady(timelock.write.execute([...single], { account }));
    await timelock.write.schedule([...single, DELAY], { account: governorAccount });
    const readyAt = BigInt(await time.latest()) + DELAY;
    await at(readyAt - 1n);
    await notReady(timelock.write.execute([...single], { account }));
    await at(readyAt);
    const [target, value, data, predecessor] = single;
    const more = call(token, "transfer", [alice.account.address, 101n * X0T]).data;
    for (const other of [
      [target, 1n, data, predecessor, SALT],
      [target, value, more, predecessor, SALT],
      [alice.account.address, value, data, predecessor, SALT],
      [target, value, data, predecessor, zeroHash],
      [target, value, data, SALT, SALT],
    ] as const) {
      await notReady(timelock.write.execute([...other], { account }));
    }
    await notReady(timelock.write.executeBatch([...batch], { account }));
    await timelock.write.execute([...single], { account });
    await notReady(timelock.write.execute([...single], { account }));
    await notReady(timelock.write.schedule([...single, DELAY], { account: governorAccount }));
    await notReady(timelock.write.cancel([await timelock.read.hashOperation([...single])], { account: governorAccount }));
  });

  it("GOV-4 TimelockInsufficientDelay: not even the Governor schedules for sooner", async () => {
    const { timelock, governorAccount, single, batch } = await loadFixture(governed);
    for (const act of [
      timelock.write.schedule([...single, DELAY - 1n], { account: governorAccount }),
      timelock.write.scheduleBatch([...batch, 0n], { account: governorAccount }),
    ]) {
      await assertions.revertWithCustomError(act, timelock, "TimelockInsufficientDelay");
    }
  });

  it("TimelockUnexecutedPredecessor and TimelockInvalidOperationLength", async () => {
    const { timelock, governorAccount, single, batch } = await loadFixture(governed);
    const [target, value, data] = single;
    const first = await timelock.read.hashOperation([...single]);
    const second = [target, value, data, first, SALT] as const;
    for (const operation of [single, second]) await timelock.write.schedule([...operation, DELAY], { account: governorAccount });
    await time.increase(DELAY);
    await assertions.revertWithCustomErrorWithArgs(timelock.write.execute([...second]), timelock, "TimelockUnexecutedPredecessor", [first]);
    await timelock.write.execute([...single]);
    await timelock.write.execute([...second]);
    const [targets, , datas] = batch;
    const uneven = timelock.write.scheduleBatch([targets, [], datas, zeroHash, SALT, DELAY], { account: governorAccount });
    await assertions.revertWithCustomErrorWithArgs(uneven, timelock, "TimelockInvalidOperationLength", [1n, 1n, 0n]);
  });

  it("GOV-3 roles change by a vote alone", async () => {
    const { protocol, timelock, governorAccount } = await loadFixture(governed);
    const me = poor.account.address;
    for (const account of [...(await outsiders(protocol)).slice(0, -1), governorAccount]) {
      for (const needed of Object.values(ROLES)) {
        const grant = timelock.write.grantRole([needed, account], { account });
        await assertions.revertWithCustomErrorWithArgs(grant, timelock, "AccessControlUnauthorizedAccount", [account, ROLES.ADMIN]);
      }
      const revoke = timelock.write.revokeRole([ROLES.PROPOSER, governorAccount], { account });
      await assertions.revertWithCustomError(revoke, timelock, "AccessControlUnauthorizedAccount");
      if (account === governorAccount) continue;
      const renounce = timelock.write.renounceRole([ROLES.PROPOSER, governorAccount], { account });
      await assertions.revertWithCustomError(renounce, timelock, "AccessControlBadConfirmation");
    }
    await enact(protocol, [call(timelock, "grantRole", [ROLES.PROPOSER, me])]);
    assert.equal(await timelock.read.hasRole([ROLES.PROPOSER, me]), true);
  });

  it("GOV-3 the guardian can stop a vote that would hand the timelock to somebody", async () => {
    const { protocol, timelock, governor, guardian } = await loadFixture(governed);
    const hostile = await queued(protocol, [call(timelock, "grantRole", [ROLES.PROPOSER, poor.account.address])]);
    await governor.write.cancel(hostile.args, { account: await as(guardian.address) });
    await ripen(hostile);
    await assertions.revertWithCustomError(execute(hostile), governor, "GovernorUnexpectedProposalState");
  });

  it("GOV-4 a new delay is for what is queued after it", async () => {
    const { protocol, timelock, governor } = await loadFixture(governed);
    const before = await queued(protocol, [call(protocol.seat, "unpause", [])]);
    const eta = await governor.read.proposalEta([before.id]);
    await enact(protocol, [call(timelock, "updateDelay", [DELAY * 10n])]);
    assert.equal(await governor.read.proposalEta([before.id]), eta);
    await execute(before);
    const after = await succeeded(protocol, [call(protocol.seat, "unpause", [])]);
    await queue(after);
    assert.equal(await governor.read.proposalEta([after.id]), BigInt(await time.latest()) + DELAY * 10n);
  });

  it("GOV-4 X0TTimelock_OutOfBounds: it begins within its bounds; without an admin it has none but itself", async () => {
    const deploy = (...args: [bigint, bigint, bigint, Address]) => viem.deployContract("X0TTimelock", args);
    for (const [delay, least, most] of [[9n, 10n, 20n], [21n, 10n, 20n], [15n, 20n, 10n]] as const) {
      await assert.rejects(deploy(delay, least, most, zeroAddress), new RegExp(`X0TTimelock_OutOfBounds\\(${delay}, ${least}, ${most}\\)`));
    }
    for (const delay of [10n, 20n]) {
      const timelock = await deploy(delay, 10n, 20n, zeroAddress);
      assert.equal(await timelock.read.getMinDelay(), delay);
      assert.equal(await timelock.read.hasRole([ROLES.ADMIN, zeroAddress]), false);
      assert.equal(await timelock.read.hasRole([ROLES.ADMIN, timelock.address]), true);
      assert.equal(await timelock.read.hasRole([ROLES.EXECUTOR, zeroAddress]), true);
      assert.equal(await timelock.read.hasRole([ROLES.PROPOSER, zeroAddress]), false);
    }
  });
});
