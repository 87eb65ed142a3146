import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { X0tError } from "../../../core/x0tError.ts";
import { ipFromBytes, ipToBytes, networkOf, plainAddress } from "../../../node/circuit/ipBytes.ts";
import { decodePreface, encodePreface, minuteOf, PREFACE_KINDS } from "../../../node/circuit/preface.ts";
import { createStrangerLimit } from "../../../node/circuit/strangers.ts";
import { createTicketIssuer, createTicketWallet, TICKET_LIFETIME_MS } from "../../../node/circuit/tickets.ts";
import { createWorkGate, solveWork } from "../../../node/circuit/work.ts";
import { workBits, workMessage } from "../../../node/circuit/workMessage.ts";
import { createWorkDifficulty } from "../../../node/circuit/workDifficulty.ts";

/** Made anew for each test: many other files may run before this one. */
let live: AbortSignal;
const nodeId = `0x${"ab".repeat(32)}` as const;
const peer = `0x${"cd".repeat(32)}` as const;
const other = `0x${"ef".repeat(32)}` as const;

describe("node/circuit admission (NET-6)", () => {
  beforeEach(() => {
    live = AbortSignal.timeout(60_000);
  });

  it("NET-6 the preface has 24 bytes: version, kind, 0, minute, value", () => {
    const value = new Uint8Array(16).fill(7);
    const bytes = encodePreface({ kind: PREFACE_KINDS.work, minute: 0x01020304, value });
    assert.equal(bytes.toString("hex"), `0103000001020304${"07".repeat(16)}`);
    assert.deepEqual(decodePreface(bytes), { kind: 3, minute: 0x01020304, value });
  });

  it("NET-6 refuses any other version, kind, reserved bits and length", () => {
    const good = encodePreface({ kind: 1, minute: 1, value: new Uint8Array(16) });
    for (const [at, byte] of [
      [0, 2],
      [0, 0x16],
      [1, 0],
      [1, 5],
      [2, 1],
      [3, 1],
    ] as const) {
      const bytes = Buffer.from(good);
      bytes[at] = byte;
      assert.equal(decodePreface(bytes), undefined);
    }
    assert.equal(decodePreface(good.subarray(0, 23)), undefined);
    assert.throws(() => encodePreface({ kind: 1, minute: 1, value: new Uint8Array(15) }), X0tError);
  });

  it("NET-6 work from the worker thread opens the gate once, for this node, within a minute", async () => {
    const now = { ms: Date.UTC(2030, 0, 1) };
    const { minute, value } = await solveWork(nodeId, 10, live, () => now.ms);
    assert.equal(minute, minuteOf(now.ms));
    assert.ok(workBits(workMessage(nodeId, minute, value)) >= 10);
    const gate = createWorkGate(nodeId, () => 10, () => now.ms);
    assert.equal(createWorkGate(other, () => 10, () => now.ms).redeem(minute, value) && workBits(workMessage(other, minute, value)) < 10, false);
    now.ms += 60_000;
    assert.equal(gate.redeem(minute, value), true);
    assert.equal(gate.redeem(minute, value), false, "seen once");
    const later = createWorkGate(nodeId, () => 10, () => now.ms + 60_000);
    assert.equal(later.redeem(minute, value), false, "two minutes old");
    const harder = createWorkGate(nodeId, () => 24, () => now.ms);
    assert.equal(harder.redeem(minute, value), workBits(workMessage(nodeId, minute, value)) >= 24);
  });

  it("NET-6 work seen stays refused until its minute is over, across the forgetting", () => {
    const now = { ms: 600_000 };
    const gate = createWorkGate(nodeId, () => 0, () => now.ms);
    const value = randomBytes(16);
    assert.equal(gate.redeem(11, value), true, "a minute ahead");
    for (const ms of [600_000, 660_000, 720_000, 779_999]) {
      now.ms = ms;
      assert.equal(gate.redeem(11, value), false);
    }
  });

  it("solveWork ends with its signal", async () => {
    const controller = new AbortController();
    const solving = solveWork(nodeId, 24, controller.signal);
    controller.abort();
    await assert.rejects(solving, (error: unknown) => error instanceof X0tError && error.code === "X0T_WORK_FAILED");
  });

  it("NET-6 a ticket is good once, from its address, for 60 s, and knows peer and depth", () => {
    const now = { ms: 0 };
    const issuer = createTicketIssuer(() => now.ms);
    const [a, b, c] = issuer.issue(peer, "::ffff:127.2.0.1", 2, 3).tickets as [Uint8Array, Uint8Array, Uint8Array];
    assert.equal(issuer.redeem(a, "127.3.0.1"), undefined);
    assert.deepEqual(issuer.redeem(a, "127.2.0.1"), { peer, depth: 2 });
    assert.equal(issuer.redeem(a, "127.2.0.1"), undefined);
    now.ms = TICKET_LIFETIME_MS - 1;
    assert.deepEqual(issuer.redeem(b, "127.2.0.1"), { peer, depth: 2 });
    now.ms = TICKET_LIFETIME_MS;
    assert.equal(issuer.redeem(c, "127.2.0.1"), undefined);
    assert.equal(issuer.redeem(randomBytes(16), "127.2.0.1"), undefined);
  });

  it("NET-17 bounds tickets per request and per peer; expiry frees them", () => {
    const now = { ms: 0 };
    const issuer = createTicketIssuer(() => now.ms);
    assert.equal(issuer.issue(peer, "127.2.0.1", 0, 1_000).tickets.length, 64);
    let total = 64;
    for (let i = 0; i < 40; i++) total += issuer.issue(peer, "127.2.0.1", 0, 64).tickets.length;
    assert.equal(total, 1_024);
    assert.equal(issuer.issue(other, "127.3.0.1", 0, 64).tickets.length, 64);
    now.ms = TICKET_LIFETIME_MS;
    assert.equal(issuer.issue(peer, "127.2.0.1", 0, 64).tickets.length, 64);
  });

  it("a wallet asks once for many takers, drops what is about to expire, and says when there is none", async () => {
    const now = { ms: 0 };
    let asked = 0;
    let give = 16;
    const wallet = createTicketWallet((_peer, depth, n) => {
      asked++;
      return Promise.resolve({ expiresAtMs: now.ms + 60_000, tickets: Array.from({ length: Math.min(n, give) }, (_, i) => Uint8Array.of(depth, i, asked)) });
    }, () => now.ms);
    const taken = await Promise.all(Array.from({ length: 8 }, () => wallet.take(peer, 1, live)));
    assert.equal(asked, 1);
    assert.equal(new Set(taken.map(String)).size, 8);
    assert.equal((await wallet.take(peer, 0, live))[0], 0, "another depth has its own");
    now.ms = 56_000;
    assert.equal((await wallet.take(peer, 1, live))[2], 3);
    wallet.forget(peer);
    assert.equal((await wallet.take(peer, 1, live))[2], 4, "a peer that restarted knows its old tickets no more");
    give = 0;
    now.ms = 200_000;
    await assert.rejects(wallet.take(peer, 1, live), (error: unknown) => error instanceof X0tError && error.code === "X0T_NO_TICKET");
  });

  it("a circuit that is given up while it asks for tickets takes none from the others that wait for them", async () => {
    const wallet = createTicketWallet((_peer, _depth, _n, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("given up")), { once: true });
        setImmediate(() => resolve({ expiresAtMs: Date.now() + 60_000, tickets: [new Uint8Array(16)] }));
      }),
    );
    const hasty = new AbortController();
    const given = wallet.take(peer, 1, hasty.signal);
    const waits = wallet.take(peer, 1, live);
    hasty.abort();
    await assert.rejects(given, X0tError);
    assert.equal((await waits).length, 16);
  });

  it("NET-6 strangers: burst of 20, then 5 a second per /24, 16 in flight over all and 6 of a network", () => {
    const now = { ms: 0 };
    const limit = createStrangerLimit(() => now.ms);
    const places: (() => void)[] = [];
    const burst = (address: string, count: number) => {
      const answers = Array.from({ length: count }, () => limit.enter(address, () => assert.fail("evicted")));
      const entered = answers.filter((each) => typeof each !== "string");
      places.push(...entered);
      return [entered.length, answers.at(-1)];
    };
    const leaveAll = () => places.splice(0).forEach((leave) => leave());
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(burst("192.0.2.1", 30), [6, "network"], "in flight");
      leaveAll();
    }
    assert.deepEqual(burst("192.0.2.200", 30), [2, "network"], "same /24: the rest of the burst");
    leaveAll();
    now.ms += 1_000;
    assert.deepEqual(burst("192.0.2.9", 30), [5, "network"]);
    assert.deepEqual(burst("192.0.3.9", 30), [6, "network"], "another /24 is not shut out by one that lets its handshakes hang");
    assert.deepEqual(burst("192.0.4.9", 30), [5, "all"], "16 over all");
  });

  it("NET-6 a stranger's handshake that hangs for a second makes room, first of its own network", () => {
    const now = { ms: 0 };
    const limit = createStrangerLimit(() => now.ms);
    const evicted: string[] = [];
    const enter = (address: string) => limit.enter(address, () => evicted.push(address));
    for (let i = 0; i < 16; i++) enter(`192.0.${Math.floor(i / 4)}.${i}`);
    assert.equal(enter("198.51.100.1"), "all");
    now.ms += 1_000;
    assert.equal(typeof enter("192.0.3.99"), "function");
    assert.deepEqual(evicted, ["192.0.0.0"]);
    assert.equal(typeof enter("192.0.3.98"), "function");
    assert.equal(typeof enter("192.0.3.97"), "function");
    assert.deepEqual(evicted, ["192.0.0.0", "192.0.0.1", "192.0.3.12"], "its network had 6");
  });

  it("NET-6 work that is refused for want of room is not used up", () => {
    const gate = createWorkGate(nodeId, () => 0);
    const value = randomBytes(16);
    const minute = minuteOf(Date.now());
    assert.equal(gate.valid(minute, value), true);
    assert.equal(gate.valid(minute, value), true);
    assert.equal(gate.redeem(minute, value), true);
    assert.equal(gate.valid(minute, value), false);
  });

  it("NET-6 work gets harder by what comes in vain, up to 24 bits, and easier again by the minute", () => {
    const now = { ms: 0 };
    const difficulty = createWorkDifficulty(() => now.ms);
    const window = (admitted: number, pressed: number) => {
      for (let i = 0; i < admitted; i++) difficulty.tell("admitted");
      for (let i = 0; i < pressed; i++) difficulty.tell("pressed");
      now.ms += 5_000;
      return difficulty.bits();
    };
    assert.equal(window(1_000, 0), 16);
    assert.equal(window(100, 2), 16, "two in five seconds are chance");
    assert.equal(window(100, 10), 17);
    assert.equal(window(100, 300), 19, "four times as many as fit");
    assert.equal(window(0, 1_000), 22, "three at most");
    assert.equal(difficulty.accepted(), 16, "who read the first descriptor a moment ago");
    assert.equal(window(0, 1_000), 24);
    assert.equal(window(0, 1_000), 24);
    for (let i = 0; i < 11; i++) window(10, 0);
    assert.equal(difficulty.accepted(), 24, "a minute later that is over");
    now.ms += 20_000;
    assert.equal(difficulty.bits(), 23);
    for (let i = 0; i < 30; i++) {
      now.ms += 60_000;
      difficulty.bits();
    }
    assert.equal(difficulty.bits(), 16);
  });

  it("NET-6 the gate asks for the harder work and takes the earlier one for a minute", async () => {
    const { minute, value } = await solveWork(nodeId, 6, live);
    const bits = workBits(workMessage(nodeId, minute, value));
    const accepted = { bits };
    const gate = createWorkGate(nodeId, () => bits + 1, Date.now, () => accepted.bits);
    assert.equal(gate.bits, bits + 1);
    assert.equal(gate.valid(minute, value), true);
    accepted.bits = bits + 1;
    assert.equal(gate.valid(minute, value), false);
  });

  it("counts IPv6 by /56 and reads mapped addresses as IPv4", () => {
    assert.equal(networkOf("2001:db8:1:2ff::1"), networkOf("2001:db8:1:200::9"));
    assert.notEqual(networkOf("2001:db8:1:2ff::1"), networkOf("2001:db8:1:300::1"));
    assert.equal(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
  });

  it("reads every way to write an IPv6 address", () => {
    for (const [text, hex] of [
      ["::", "00".repeat(16)],
      ["::1", `${"00".repeat(15)}01`],
      ["2001:db8::", `20010db8${"00".repeat(12)}`],
      ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
      ["1::8", "00010000000000000000000000000008"],
      ["::ffff:192.0.2.1", `${"00".repeat(10)}ffffc0000201`],
    ] as const) {
      const bytes = ipToBytes(text) as Uint8Array;
      assert.equal(Buffer.from(bytes).toString("hex"), hex, text);
      assert.deepEqual(ipToBytes(ipFromBytes(bytes)), bytes);
    }
    for (const none of ["", "fe80::1%eth0", "1.2.3", "0177.0.0.1", "localhost", "1:2:3"]) assert.equal(ipToBytes(none), undefined, none);
  });
});
