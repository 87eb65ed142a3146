import assert from "node:assert/strict";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { createGapWatch } from "../../../node/payment/gapWatch.ts";
import { createPairMeter, emptyMeterState } from "../../../node/payment/meter.ts";
import { decodePayMessage, encodePayMessage, noVoucher, recipientOf, type PayMessage } from "../../../node/payment/payMessage.ts";
import { createPrepayPolicy } from "../../../node/payment/prepay.ts";
import { createVoucherSigner, recoverVoucherSigner } from "../../../node/payment/voucherSignature.ts";
import { CHAIN_ID, CHANNEL, CHANNELS, PAYER, PAYER_KEY } from "./harness.ts";

describe("metering (NET-19)", () => {
  it("units are (depth + 1) a packet by depth, remainders are carried over tunnels and the preface is left out", () => {
    const meter = createPairMeter(emptyMeterState());
    const deep = { bytesRead: 24, bytesWritten: 0 };
    const first = meter.addTunnel(2, deep);
    deep.bytesRead += 150_000;
    meter.poll();
    assert.equal(meter.units(), 3n);
    first.remove();
    const again = { bytesRead: 0, bytesWritten: 24 + 50_000 };
    meter.addTunnel(2, again).remove();
    assert.equal(meter.units(), 6n, "150,000 + 50,000 bytes are two packets");
    const flat = { bytesRead: 24 + 99_999, bytesWritten: 0 };
    meter.addTunnel(0, flat);
    meter.poll();
    assert.equal(meter.units(), 6n, "depths do not share remainders");
    flat.bytesRead += 1;
    meter.poll();
    assert.equal(meter.units(), 7n);
    assert.equal(meter.bytes(), 300_000);
  });

  it("what comes between the last poll and the end is counted once", () => {
    const meter = createPairMeter(emptyMeterState());
    const socket = { bytesRead: 24, bytesWritten: 0 };
    const tunnel = meter.addTunnel(0, socket);
    socket.bytesRead += 100_000;
    tunnel.remove();
    tunnel.remove();
    meter.poll();
    assert.equal(meter.units(), 1n);
    assert.equal(meter.openTunnels(), 0);
  });

  it("a depth beyond a five-hop circuit is refused", () => {
    const meter = createPairMeter(emptyMeterState());
    for (const depth of [-1, 5, 1.5]) assert.throws(() => meter.addTunnel(depth, { bytesRead: 0, bytesWritten: 0 }), { code: "X0T_BAD_DEPTH" });
  });
});

describe("prepay (NET-19)", () => {
  it("begins at 10 packets, doubles after service up to 2,000, and follows 4 · rate · (RTT + 50 ms)", () => {
    const policy = createPrepayPolicy();
    assert.equal(policy.sizeUnits(100, 3), 30n);
    // 1,000 packets a second of one unit, RTT 50 ms: 4 · 1,000 · 0.1 = 400 packets.
    policy.observe(0, 0);
    policy.observe(1_000, 1_000);
    assert.equal(policy.sizeUnits(50, 1), 10n, "no trust yet");
    policy.served();
    assert.equal(policy.sizeUnits(50, 1), 20n);
    for (let i = 0; i < 20; i++) policy.served();
    assert.equal(policy.sizeUnits(50, 1), 400n);
    assert.equal(policy.sizeUnits(10_000, 1), 2_000n, "never more");
    policy.reset();
    assert.equal(policy.sizeUnits(50, 1), 10n);
  });

  it("falls back to 10 packets when the traffic ends", () => {
    const policy = createPrepayPolicy();
    policy.observe(0, 0);
    policy.observe(1_000, 1_000);
    for (let i = 0; i < 20; i++) policy.served();
    for (let at = 2_000; at <= 10_000; at += 1_000) policy.observe(at, 1_000);
    assert.equal(policy.sizeUnits(50, 1), 10n);
  });
});

describe("gap (NET-19)", () => {
  const run = (seconds: number, own: (s: number) => bigint, count: (s: number) => bigint, gap = createGapWatch(), from = 0) => {
    for (let s = from; s < from + seconds; s++) gap.observe(s * 1_000, own(s), count(s), 1);
    return gap;
  };

  it("max(5 packets, 1 %) are no gap", () => {
    assert.equal(run(60, () => 100n, () => 105n).disputed(), false);
    assert.equal(run(60, () => 10_000n, () => 10_100n).disputed(), false);
  });

  it("more of it for 10 s closes the payee, less than 10 s does not", () => {
    assert.equal(run(10, () => 100n, () => 106n).disputed(), false);
    assert.equal(run(11, () => 100n, () => 106n).disputed(), true);
    assert.equal(run(11, () => 106n, () => 100n).disputed(), true, "in both directions");
    assert.equal(run(11, () => 10_000n, () => 10_101n).disputed(), true);
  });

  it("a full pipe is no gap: what was counted 10 s ago is on our meter by now", () => {
    assert.equal(run(120, (s) => BigInt(s * 10), (s) => BigInt(s * 10 + 60)).disputed(), false);
  });

  it("is settled at once three times an hour, then after 60 s, 120 s; an hour of peace forgets", () => {
    const gap = createGapWatch();
    let at = 0;
    const nextDispute = () => {
      run(11, () => 100n, () => 200n, gap, at);
      at += 10;
      assert.equal(gap.disputed(), true);
    };
    for (const waitS of [0, 0, 0, 60, 120]) {
      nextDispute();
      if (waitS > 0) assert.equal(gap.takeSettlement((at + waitS) * 1_000 - 1), false);
      assert.equal(gap.takeSettlement((at + waitS) * 1_000), true);
      assert.equal(gap.disputed(), false);
      at += waitS + 1;
    }
    at += 3_700;
    nextDispute();
    assert.equal(gap.takeSettlement(at * 1_000), true);
  });
});

describe("payment messages (NET-17)", () => {
  const messages: PayMessage[] = [
    { type: "PAY", channel: CHANNEL, cumulative: 2n ** 256n - 1n, signature: `0x${"ab".repeat(65)}` },
    { type: "LAST", channel: CHANNEL, cumulative: UNIT_WEI, signature: `0x${"01".repeat(65)}` },
    noVoucher(CHANNEL),
    { type: "LAST_REQUEST", channel: CHANNEL, units: 2n ** 64n - 1n },
    { type: "COUNT", units: 0n },
    { type: "STOP", code: 3 },
  ];

  it("come back as they were, and every truncation or addition is refused", () => {
    for (const message of messages) {
      const { type, payload } = encodePayMessage(message);
      assert.deepEqual(decodePayMessage(type, payload), message);
      for (let length = 0; length < payload.length; length++) {
        assert.throws(() => decodePayMessage(type, payload.subarray(0, length)), { code: "X0T_BAD_PAY_MESSAGE" });
      }
      assert.throws(() => decodePayMessage(type, Buffer.concat([payload, Buffer.alloc(1)])), { code: "X0T_BAD_PAY_MESSAGE" });
    }
    assert.throws(() => decodePayMessage(99, new Uint8Array(0)), { code: "X0T_BAD_PAY_MESSAGE" });
    assert.throws(() => decodePayMessage(4, Uint8Array.of(0)), { code: "X0T_BAD_PAY_MESSAGE" });
  });

  it("find their half of the pair", () => {
    assert.deepEqual(messages.map(recipientOf), ["payee", "payer", "payer", "payee", "payer", "payer"]);
  });
});

describe("vouchers (CHN-1)", () => {
  const domain = { chainId: CHAIN_ID, channels: CHANNELS };

  it("are signed with low s and recovered; a changed amount, domain or malleable twin is not the signer's", async () => {
    const signature = await createVoucherSigner(domain, PAYER_KEY).sign(CHANNEL, UNIT_WEI);
    const voucher = { channel: CHANNEL, cumulative: UNIT_WEI, signature };
    assert.equal(await recoverVoucherSigner(domain, voucher), PAYER);
    assert.notEqual(await recoverVoucherSigner(domain, { ...voucher, cumulative: UNIT_WEI + 1n }), PAYER);
    assert.notEqual(await recoverVoucherSigner({ ...domain, chainId: 1 }, voucher), PAYER);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const highS = (order - BigInt(`0x${signature.slice(66, 130)}`)).toString(16).padStart(64, "0");
    const twin = `${signature.slice(0, 66)}${highS}${signature.endsWith("1b") ? "1c" : "1b"}` as const;
    assert.equal(await recoverVoucherSigner(domain, { ...voucher, signature: twin as `0x${string}` }), undefined);
    assert.equal(await recoverVoucherSigner(domain, { ...voucher, signature: `${signature.slice(0, -2)}00` as `0x${string}` }), undefined);
    assert.equal(await recoverVoucherSigner(domain, { ...voucher, signature: "0x12" }), undefined);
  });
});
