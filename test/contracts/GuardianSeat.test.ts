import assert from "node:assert/strict";
import { getAddress, zeroAddress, type Address } from "viem";
import {
  alice,
  assertions,
  at,
  bob,
  byTimelock,
  carol,
  deployProtocolFixture,
  guardians,
  loadFixture,
  poor,
  publicClient,
  random,
  time,
  viem,
  wallets,
} from "./support/protocol.ts";
import { bySafe, execSafeTx, pauseBySafe, SAFE_ABI, safeNonce, seatCall, signSafeTx } from "./support/safe.ts";

const DAY = 86_400n;
const LONGEST = 7n * DAY;
const PERIOD = 30n * DAY;

const now = async () => BigInt(await time.latest());
const isAddress = (expected: string) => (value: string) => value.toLowerCase() === expected.toLowerCase();

/** A seat of its own, whose timelock and guardian are plain accounts. */
async function seated() {
  const seat = await viem.deployContract("GuardianSeat", [bob.account.address, alice.account.address, LONGEST, PERIOD]);
  const pause = async (until: bigint, account = alice.account) => seat.write.pause([until], { account });
  const unpause = async (account = alice.account) => seat.write.unpause({ account });
  const setGuardian = async (guardian: Address, account = bob.account) => seat.write.setGuardian([guardian], { account });
  const isPaused = async () =>
    seat.read.checkNotPaused().then(
      () => false,
      () => true,
    );
  return { seat, pause, unpause, setGuardian, isPaused };
}

describe("GuardianSeat", () => {
  describe("the guardian", () => {
    it("GOV-3 is a Safe, two of whose three owners sign", async () => {
      const { guardian, seat, timelock } = await loadFixture(deployProtocolFixture);
      const safe = { address: guardian.address, abi: SAFE_ABI } as const;
      assert.equal(getAddress(await seat.read.guardian()), getAddress(guardian.address));
      assert.equal(getAddress(await seat.read.timelock()), getAddress(timelock.address));
      assert.deepEqual([await seat.read.pauseSeconds(), await seat.read.pausePeriodSeconds()], [LONGEST, PERIOD]);
      assert.equal(await publicClient.readContract({ ...safe, functionName: "getThreshold" }), 2n);
      const owners = await publicClient.readContract({ ...safe, functionName: "getOwners" });
      assert.deepEqual([...owners].sort(), guardians.map(({ account }) => getAddress(account.address)).sort());
    });

    it("GOV-3 one signature is not enough, nor one given twice, nor a stranger's; any two owners' are", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const until = (await now()) + LONGEST - 60n;
      const call = { to: protocol.seat.address, data: seatCall(protocol, "pause", [until]), nonce: await safeNonce(protocol) };
      const [first, , third] = await Promise.all(guardians.map((owner) => signSafeTx(protocol, owner, call)));
      const stranger = await signSafeTx(protocol, poor, call);
      await assert.rejects(execSafeTx(protocol, call, [first!]), /GS020/);
      for (const signatures of [[first!, first!], [first!, stranger], [stranger, third!]]) {
        await assert.rejects(execSafeTx(protocol, call, signatures), /GS026/);
      }
      assert.equal(await protocol.seat.read.pausedUntil(), 0n);
      for (const pair of [[alice, bob], [bob, carol], [carol, alice]]) {
        const hash = await pauseBySafe(protocol, until, pair);
        await assertions.emitWithArgs(hash, protocol.seat, "Paused", [until]);
      }
    });

    it("GOV-3 a signature serves once, for this call alone", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const until = (await now()) + DAY;
      const call = { to: protocol.seat.address, data: seatCall(protocol, "pause", [until]), nonce: await safeNonce(protocol) };
      const owners = [alice, bob].sort((a, b) => (BigInt(a.account.address) < BigInt(b.account.address) ? -1 : 1));
      const signatures = await Promise.all(owners.map((owner) => signSafeTx(protocol, owner, call)));
      const longer = { ...call, data: seatCall(protocol, "pause", [until + DAY]) };
      await assert.rejects(execSafeTx(protocol, longer, signatures), /GS026/);
      await execSafeTx(protocol, call, signatures);
      await bySafe(protocol, protocol.seat.address, seatCall(protocol, "unpause", []));
      await assert.rejects(execSafeTx(protocol, call, signatures), /GS026/);
      assert.equal(await protocol.seat.read.pausedUntil(), 0n);
    });

    it("GOV-3 the seat's refusal comes through the Safe", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const late = pauseBySafe(protocol, (await now()) + LONGEST + DAY);
      await assertions.revertWithCustomError(late, protocol.seat, "GuardianSeat_BadPause");
      const theft = bySafe(protocol, protocol.seat.address, seatCall(protocol, "setGuardian", [alice.account.address]));
      await assertions.revertWithCustomError(theft, protocol.seat, "GuardianSeat_OnlyTimelock");
    });

    it("GOV-3 GuardianSeat_OnlyGuardian, GuardianSeat_OnlyTimelock: neither an owner, the timelock nor a stranger pauses", async () => {
      const { seat, pause, unpause, setGuardian } = await loadFixture(seated);
      const until = (await now()) + DAY;
      for (const { account } of [bob, carol, wallets[0]!]) {
        const by = [isAddress(account.address)] as [(value: string) => boolean];
        await assertions.revertWithCustomErrorWithArgs(pause(until, account), seat, "GuardianSeat_OnlyGuardian", by);
        if (account === bob.account) continue;
        await assertions.revertWithCustomErrorWithArgs(unpause(account), seat, "GuardianSeat_OnlyGuardian", by);
        const set = setGuardian(account.address, account);
        await assertions.revertWithCustomErrorWithArgs(set, seat, "GuardianSeat_OnlyTimelock", by);
      }
      const self = setGuardian(alice.account.address, alice.account);
      await assertions.revertWithCustomError(self, seat, "GuardianSeat_OnlyTimelock");
    });

    it("GOV-3 the vote replaces it: the old one is nobody at once, the new one has what is left of the stretch", async () => {
      const protocol = await loadFixture(deployProtocolFixture);
      const { seat } = protocol;
      const start = await now();
      await pauseBySafe(protocol, start + DAY);
      const stretch = await seat.read.stretchStart();
      const hash = await byTimelock(protocol, seat.address, seatCall(protocol, "setGuardian", [carol.account.address]));
      await assertions.emitWithArgs(hash, seat, "GuardianChanged", [
        isAddress(protocol.guardian.address),
        isAddress(carol.account.address),
      ]);
      assert.equal(await seat.read.pausedUntil(), start + DAY);
      await assertions.revertWithCustomError(pauseBySafe(protocol, start + DAY), seat, "GuardianSeat_OnlyGuardian");
      const { account } = carol;
      await assertions.revertWithCustomErrorWithArgs(
        seat.write.pause([stretch + LONGEST + 1n], { account }),
        seat,
        "GuardianSeat_BadPause",
        [stretch + LONGEST + 1n, stretch + LONGEST, stretch + PERIOD],
      );
      await seat.write.pause([stretch + LONGEST], { account });
      await seat.write.unpause({ account });
    });

    it("GOV-3 the seat may be empty: nobody pauses, a pause under way still ends, the timelock may end it before", async () => {
      const { seat, pause, unpause, setGuardian, isPaused } = await loadFixture(seated);
      const until = (await now()) + DAY;
      await pause(until);
      await setGuardian(zeroAddress);
      assert.equal(await seat.read.guardian(), zeroAddress);
      for (const call of [() => pause(until + 1n), () => unpause()]) {
        await assertions.revertWithCustomError(call(), seat, "GuardianSeat_OnlyGuardian");
      }
      assert.equal(await isPaused(), true);
      await assertions.emitWithArgs(await unpause(bob.account), seat, "Unpaused", []);
      assert.equal(await isPaused(), false);
      await setGuardian(carol.account.address);
      await pause(until, carol.account);
      await setGuardian(zeroAddress);
      await time.increaseTo(until);
      assert.equal(await isPaused(), false);
    });

    it("GOV-3 GuardianSeat_BadParameters", async () => {
      const [timelock, guardian] = [bob.account.address, alice.account.address];
      for (const args of [
        [zeroAddress, guardian, 1n, 2n],
        [timelock, guardian, 0n, 2n],
        [timelock, guardian, 2n, 2n],
        [timelock, guardian, 3n, 2n],
      ] as const) {
        await assert.rejects(viem.deployContract("GuardianSeat", [...args]), /GuardianSeat_BadParameters/);
      }
      await viem.deployContract("GuardianSeat", [timelock, zeroAddress, 1n, 2n]);
    });
  });

  describe("the length of a pause", () => {
    it("GOV-3 GuardianSeat_BadPause: it ends after now and within 7 days; GuardianSeat_Paused until that second", async () => {
      const { seat, pause, isPaused } = await loadFixture(seated);
      const start = (await now()) + 100n;
      for (const until of [0n, start, start + LONGEST + 1n, 2n ** 64n - 1n]) {
        await at(start);
        await assertions.revertWithCustomErrorWithArgs(pause(until), seat, "GuardianSeat_BadPause", [until, start + LONGEST, PERIOD]);
      }
      await at(start);
      await pause(start + LONGEST);
      await time.increaseTo(start + LONGEST - 1n);
      const paused = seat.read.checkNotPaused();
      await assertions.revertWithCustomErrorWithArgs(paused, seat, "GuardianSeat_Paused", [start + LONGEST]);
      await time.increaseTo(start + LONGEST);
      assert.equal(await isPaused(), false);
    });

    it("GOV-3 within its 7 days a pause may be shortened, ended, begun again and drawn out; then not for 30 days", async () => {
      const { seat, pause, unpause } = await loadFixture(seated);
      const start = (await now()) + 100n;
      await at(start);
      await pause(start + LONGEST);
      await pause(start + DAY);
      await unpause();
      await pause(start + LONGEST);
      await at(start + LONGEST);
      await assertions.revertWithCustomError(pause(start + LONGEST + 1n), seat, "GuardianSeat_BadPause");
      await at(start + PERIOD - 1n);
      await assertions.revertWithCustomErrorWithArgs(pause(start + PERIOD), seat, "GuardianSeat_BadPause", [
        start + PERIOD,
        start + LONGEST,
        start + PERIOD,
      ]);
      await at(start + PERIOD);
      await pause(start + PERIOD + LONGEST);
      assert.equal(await seat.read.stretchStart(), start + PERIOD);
    });

    for (const seed of [1, 2, 3]) {
      it(`GOV-3 whatever the guardian does, no 30 days hold more than 7 of pause, and every new stretch is granted (seed ${seed})`, async () => {
        const { seat, pause, unpause, isPaused } = await loadFixture(seated);
        const draw = random(seed);
        const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
        const upTo = (most: bigint) => BigInt(Math.floor(draw() * Number(most)));
        /** Seconds that were or will be paused: [from, to). */
        const pauses: { from: bigint; to: bigint }[] = [];
        let [clock, granted, refused] = [await now(), 0, 0];
        const cut = (to: bigint) => {
          const last = pauses.at(-1);
          if (last !== undefined && last.to > to) last.to = to;
        };
        for (let step = 0; step < 120; step++) {
          const stretch = await seat.read.stretchStart();
          const edges = [LONGEST, PERIOD].flatMap((edge) => [stretch + edge - 1n, stretch + edge, stretch + edge + 1n]);
          const ahead = [clock + 1n + upTo(3n * DAY), clock + 1n + upTo(25n * DAY), ...edges].filter((t) => t > clock);
          clock = pick(ahead);
          await at(clock);
          if (draw() < 0.2) {
            await unpause();
            cut(clock);
          } else {
            const rest = stretch + LONGEST;
            const until = pick([clock + LONGEST, clock + LONGEST + 1n, clock + 1n, clock, rest, rest + 1n, clock + upTo(9n * DAY)]);
            const done = await pause(until).then(
              () => true,
              () => false,
            );
            if (done) {
              cut(clock);
              pauses.push({ from: clock, to: until });
              granted++;
            } else {
              refused++;
              // Nothing was refused to a guardian that has not paused for a whole period.
              const quiet = !pauses.some(({ to }) => to > clock - PERIOD);
              assert.ok(!quiet || until <= clock || until > clock + LONGEST, `refused at ${clock} until ${until}`);
            }
            // A refusal mines no block; the next step must find the time that it expects.
            if (!done) await time.increaseTo(clock);
          }
          assert.equal(await isPaused(), pauses.some(({ from, to }) => from <= clock && clock < to), `at ${clock}`);
        }
        assert.ok(granted > 20 && refused > 20, `${granted} granted, ${refused} refused`);
        const windows = pauses.flatMap(({ from, to }) => [from, to - PERIOD]);
        for (const begin of windows) {
          const held = pauses.reduce((sum, { from, to }) => {
            const [low, high] = [from > begin ? from : begin, to < begin + PERIOD ? to : begin + PERIOD];
            return high > low ? sum + high - low : sum;
          }, 0n);
          assert.ok(held <= LONGEST, `${held} s from ${begin} on`);
        }
      });
    }
  });
});
