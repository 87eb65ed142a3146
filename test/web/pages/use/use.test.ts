import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { UNIT_WEI, X0T } from "../../../../core/parameters.ts";
import { channelLevel, costBetween, type ClientStatus, type PaymentChannel } from "../../../../web/src/pages/use/clientStatus.ts";
import { programsFor, proxyAddressOf } from "../../../../web/src/pages/use/proxySetup.ts";

const channel = (depositWei: bigint | null, leftWei: bigint | null): PaymentChannel => ({
  channel: "0x1",
  payee: "0x2",
  signedWei: "0",
  meteredWei: "0",
  depositWei: depositWei === null ? null : String(depositWei),
  leftWei: leftWei === null ? null : String(leftWei),
});

const status = (over: Partial<ClientStatus> & { usedWei?: bigint } = {}): ClientStatus => ({
  version: "1",
  payer: "0x3",
  circuit: null,
  circuits: { active: 1, spare: 0, retiring: 0 },
  waitingFor: null,
  guards: [],
  streams: 0,
  bytes: 0,
  spentWei: "0",
  channels: [{ ...channel(X0T, X0T), meteredWei: String(over.usedWei ?? 0n) }],
  ...over,
});

describe("the dashboard's page for users", () => {
  describe("proxy settings", () => {
    it("takes host and port from the client's address", () => {
      assert.deepEqual(proxyAddressOf("socks5h://127.0.0.1:10809"), { host: "127.0.0.1", port: 10_809 });
      assert.deepEqual(proxyAddressOf("socks5://[::1]:1080"), { host: "[::1]", port: 1_080 });
      assert.equal(proxyAddressOf("http://127.0.0.1"), undefined);
    });

    it("each program is told of the port, and where names are looked up", () => {
      for (const { id, steps, dns } of programsFor({ host: "127.0.0.9", port: 4_321 })) {
        const text = steps.map(({ say, code }) => `${say} ${code ?? ""}`).join("\n");
        assert.match(text, /127\.0\.0\.9/, id);
        assert.match(text, /4321/, id);
        assert.ok(dns.length > 0, id);
        assert.doesNotMatch(text.replaceAll("--proxy-server=\"socks5://", ""), /socks5:\/\//, `${id} leaves names to the exit`);
      }
    });

    it("on a devnet the example is the one site that its exits reach, and browsers are told to take the proxy for it", () => {
      const codes = programsFor({ host: "127.0.0.1", port: 1_080 }, "http://127.0.0.1:10880/1k.txt").flatMap(({ steps }) => steps.map(({ code }) => code ?? ""));
      assert.ok(codes.includes("curl -x socks5h://127.0.0.1:1080 http://127.0.0.1:10880/1k.txt"));
      assert.ok(codes.some((code) => code.includes("allow_hijacking_localhost")));
      assert.ok(codes.some((code) => code.endsWith('--proxy-bypass-list="<-loopback>" http://127.0.0.1:10880/1k.txt')));
    });

    it("what is copied into a shell is one", () => {
      const shells = ["chromium", "curl", "git", "ssh"];
      for (const { id, steps } of programsFor({ host: "127.0.0.1", port: 1_080 })) {
        if (!shells.includes(id)) continue;
        for (const { code } of steps) if (code !== undefined && !code.startsWith("Host ")) execFileSync("sh", ["-n", "-c", code]);
      }
    });
  });

  describe("CHN-1 payment channels", () => {
    it("warn before they run out, and say for how much they last", () => {
      assert.deepEqual(channelLevel(channel(50n * X0T, 50n * X0T), 3), { level: "enough", leftBytes: 16_666_600_000n, leftPercent: 100 });
      assert.equal(channelLevel(channel(50n * X0T, 10n * X0T), 3).level, "enough");
      assert.equal(channelLevel(channel(50n * X0T, 10n * X0T - 1n), 3).level, "low");
      assert.equal(channelLevel(channel(50n * X0T, 30n * UNIT_WEI), 3).level, "low");
      assert.equal(channelLevel(channel(50n * X0T, 30n * UNIT_WEI - 1n), 3).level, "spent");
    });

    it("are not known, rather than spent, before the chain was read", () => {
      assert.deepEqual(channelLevel(channel(null, null), 3), { level: "unknown", leftBytes: undefined, leftPercent: undefined });
      const older = { channel: "0x1", payee: "0x2", signedWei: "0", meteredWei: "0" };
      assert.equal(channelLevel(older, 3).level, "unknown");
    });
  });

  describe("what a test cost", () => {
    it("is the difference of two looks at the client", () => {
      const before = status({ spentWei: "10", bytes: 5 });
      const after = status({ spentWei: "40", bytes: 25, usedWei: 20n });
      assert.deepEqual(costBetween(before, after), { signedWei: 30n, usedWei: 20n, bytes: 20, isShared: false });
    });

    it("says that other connections share it", () => {
      assert.equal(costBetween(status(), status({ streams: 1 }))?.isShared, true);
    });

    it("is not known of a client that was started anew or exchanged in between", () => {
      assert.equal(costBetween(status({ spentWei: "10" }), status()), undefined);
      assert.equal(costBetween(status(), status({ payer: "0x4" })), undefined);
    });
  });
});
