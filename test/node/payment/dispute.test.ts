import assert from "node:assert/strict";
import { Registry } from "prom-client";
import { UNIT_WEI } from "../../../core/parameters.ts";
import { createPairMeter, emptyMeterState } from "../../../node/payment/meter.ts";
import { openVoucherJournal } from "../../../node/payment/voucherJournal.ts";
import { createPayer } from "../../../node/payment/payer.ts";
import { createPayerChannel } from "../../../node/payment/payerChannel.ts";
import { createPaymentMetrics } from "../../../node/payment/paymentMetrics.ts";
import { noVoucher, type PayMessage } from "../../../node/payment/payMessage.ts";
import { createVoucherSigner } from "../../../node/payment/voucherSignature.ts";
import { CHAIN_ID, CHANNEL, CHANNELS, eventually, fakeChain, OPERATOR, PAYER, PAYER_KEY, silent, temporaryHome } from "./harness.ts";

describe("NET-19 a payee that counts more than there was", () => {
  it("gets no new tunnels, no more than a smallest prepay, and a settlement only after a penalty", async () => {
    const { home, remove } = await temporaryHome();
    const journal = openVoucherJournal(`${home}/signed.jsonl`);
    const domain = { chainId: CHAIN_ID, channels: CHANNELS };
    const key = "to:0xbb" as const;
    let nowMs = 0;
    let signed = 0n;
    const payer = createPayer({
      key,
      meter: createPairMeter(emptyMeterState()),
      journal,
      channel: createPayerChannel({ key, payer: PAYER, journal, reader: fakeChain({}), payee: () => OPERATOR, log: silent }),
      signer: createVoucherSigner(domain, PAYER_KEY),
      domain,
      proveOnAttach: false,
      log: silent,
      metrics: createPaymentMetrics(new Registry()),
      now: () => nowMs,
      onVoucher: () => undefined,
      onChange: () => undefined,
      onTunnel: () => undefined,
    });
    const socket = { bytesRead: 24, bytesWritten: 0 };
    payer.attach((message: PayMessage) => {
      if (message.type === "PAY") signed = message.cumulative;
      if (message.type === "LAST_REQUEST") queueMicrotask(() => payer.onMessage(noVoucher(CHANNEL)));
    });
    payer.tick(nowMs);
    await eventually(() => journal !== undefined && payer.channelId() !== undefined, "channel found");
    payer.onMessage(noVoucher(CHANNEL));
    payer.onMessage({ type: "COUNT", units: 0n });
    assert.equal(payer.ready(), true);
    payer.addTunnel(0, socket);

    /** One second in which a packet flows and the payee claims ten. */
    const second = async (at: number) => {
      nowMs = at * 1_000;
      socket.bytesRead += 100_000;
      payer.poll(nowMs);
      payer.onMessage({ type: "COUNT", units: BigInt(at) * 10n });
      payer.tick(nowMs);
      await new Promise((resolve) => setImmediate(resolve));
    };
    let at = 1;
    // Three disputes are forgiven at once: tunnels that were cut look like this.
    for (; at <= 90 && (payer.ready() || at < 40); at++) await second(at);
    assert.equal(payer.ready(), false, "closed for new tunnels");
    const stolen = signed - payer.meter.units() * UNIT_WEI;
    assert.ok(stolen <= 70n * UNIT_WEI, `prepaid ${stolen / UNIT_WEI} units to a cheat`);
    const closedAt = at;
    for (; at < closedAt + 55; at++) await second(at);
    assert.equal(payer.ready(), false, "the penalty is a minute");
    const beforeSettlement = signed;
    for (; at < closedAt + 65; at++) await second(at);
    assert.ok(signed - beforeSettlement <= 80n * UNIT_WEI, "a settlement opens a small prepay again, not what was claimed");
    payer.close();
    await journal.close();
    await remove();
  });
});
