import assert from "node:assert/strict";
import net, { Socket } from "node:net";
import type { ExitRule } from "../../../core/didDocument.ts";
import { X0tError } from "../../../core/x0tError.ts";
import { ATYP, REPLIES } from "../../../node/circuit/frames.ts";
import { isLoopback, isPublic } from "../../../node/session/addressBlocks.ts";
import { createConnectTarget } from "../../../node/session/connectTarget.ts";
import { createExitPolicy } from "../../../node/session/exitPolicy.ts";
import { createNat64, nat64PrefixOf } from "../../../node/session/nat64.ts";
import { createResolveName } from "../../../node/session/resolveName.ts";
import { startBlackHole } from "../../support/blackHole.ts";
import { startDnsServer, type DnsRecord } from "../../support/dnsServer.ts";
import { startOrigin } from "../../support/origin.ts";
import { listenLocal } from "../../support/sockets.ts";

const live = new AbortController().signal;
const ALL: ExitRule = { action: "accept", network: "*", ports: [1, 65_535] };
const policyOf = (rules: ExitRule[], allowLoopback = false, relays: string[] = []) => createExitPolicy({ rules, allowLoopback, relayAddresses: () => relays });

describe("node/session exit policy (NET-15)", () => {
  it("NET-15 reaches public addresses and no special-purpose one, whatever the rules say", () => {
    const policy = policyOf([ALL]);
    for (const address of ["1.1.1.1", "9.9.9.9", "93.184.216.34", "172.15.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"]) {
      assert.equal(policy.allows(address, 443), true, address);
    }
    for (const address of [
      "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
      "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
      "::", "::1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:1ff::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "3fff:0fff::1",
      "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "4000::1", "1fff::1",
    ]) {
      assert.equal(policy.allows(address, 443), false, address);
    }
  });

  it("NET-15 is not misled by odd spellings: only literals count", () => {
    const policy = policyOf([ALL], true);
    for (const address of ["0177.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "", "fe80::1%lo", "::1%lo", "1.1.1.1 ", "1.1.1.1/32"]) {
      assert.equal(policy.allows(address, 443), false, address);
    }
  });

  it("NET-15 loopback needs the flag and an accept rule", () => {
    const rules: ExitRule[] = [{ action: "accept", network: "127.0.0.1/32", ports: [8080, 8080] }];
    assert.equal(policyOf(rules).allows("127.0.0.1", 8080), false);
    assert.equal(policyOf(rules, true).allows("127.0.0.1", 8080), true);
    assert.equal(policyOf(rules, true).allows("127.0.0.1", 8081), false);
    assert.equal(policyOf(rules, true).allows("127.0.0.2", 8080), false);
    assert.equal(policyOf([], true).allows("127.0.0.1", 8080), false);
    assert.equal(policyOf([{ action: "accept", network: "::1", ports: [1, 100] }], true).allows("0:0:0:0:0:0:0:1", 80), true);
    assert.equal(policyOf([ALL], true).allows("10.0.0.1", 80), false, "the flag opens loopback only");
  });

  it("NET-15 port 25 is closed, and no relay's address is reached, however it is written", () => {
    const policy = policyOf([ALL], true, ["203.0.112.9", "2a00::9", "127.0.0.9"]);
    assert.equal(policy.allows("1.1.1.1", 25), false);
    for (const port of [0, -1, 65_536, 1.5e9]) assert.equal(policy.allows("1.1.1.1", port), false);
    assert.equal(policy.allows("203.0.112.9", 443), false);
    assert.equal(policy.allows("2a00:0:0::9", 443), false);
    assert.equal(policy.allows("127.0.0.9", 443), false);
    assert.equal(policy.allows("203.0.112.8", 443), true);
  });

  it("NET-15 rules are ordered, the first match wins, none is a rejection", () => {
    const policy = policyOf([
      { action: "reject", network: "1.1.1.0/24", ports: [80, 80] },
      { action: "accept", network: "1.1.0.0/16", ports: [80, 443] },
      { action: "reject", network: "*", ports: [1, 65_535] },
      ALL,
    ]);
    assert.equal(policy.allows("1.1.1.1", 80), false);
    assert.equal(policy.allows("1.1.1.1", 443), true);
    assert.equal(policy.allows("1.1.2.1", 80), true);
    assert.equal(policy.allows("1.2.0.1", 80), false);
    assert.equal(policy.allows("1.1.2.1", 444), false);
    assert.equal(policy.allows("2606:4700::1111", 443), false, "an IPv4 rule says nothing of IPv6");
  });

  it("names the rule that is none", () => {
    for (const network of ["1.1.1.0/33", "example.org", "1.1.1.1/", "1.1.1.1/x", "", "::/129", "1.1.1.1/-1"]) {
      assert.throws(() => policyOf([{ action: "accept", network, ports: [1, 2] }]), (error: unknown) => error instanceof X0tError && error.code === "X0T_EXIT_POLICY", network);
    }
  });

  it("knows loopback and public apart for either family", () => {
    assert.equal(isLoopback("127.9.9.9") && isLoopback("::1"), true);
    assert.equal(isLoopback("1.1.1.1") || isLoopback("::2") || isLoopback("x"), false);
    assert.equal(isPublic("x"), false);
  });
});

describe("node/session nat64 (NET-15)", () => {
  it("RFC 6052 finds the prefix at each of its lengths", () => {
    for (const [address, network, bits] of [
      ["2001:db8:c000:aa::", "2001:db8:0:0:0:0:0:0", 32],
      ["2001:db8:1c0:0:aa::", "2001:db8:100:0:0:0:0:0", 40],
      ["2001:db8:122:c000:0:aa00::", "2001:db8:122:0:0:0:0:0", 48],
      ["2001:db8:122:3c0:0:ab::", "2001:db8:122:300:0:0:0:0", 56],
      ["2001:db8:122:344:c0:0:aa00:0", "2001:db8:122:344:0:0:0:0", 64],
      ["64:ff9b::c000:aa", "64:ff9b:0:0:0:0:0:0", 96],
    ] as const) {
      assert.deepEqual(nat64PrefixOf(address), { network, bits }, address);
    }
    assert.equal(nat64PrefixOf("2606:4700::1111"), undefined);
    assert.equal(nat64PrefixOf("192.0.0.170"), undefined);
  });

  it("NET-15 an address behind the discovered prefix is refused though it looks public", async () => {
    const dns = await startDnsServer({ "ipv4only.arpa": ["2a00:64::c000:aa", "192.0.0.170"], "inside.test": ["2a00:64::a00:1"] });
    const nat64 = createNat64([dns.address]);
    const connect = createConnectTarget({ policy: policyOf([ALL]), resolve: createResolveName([dns.address]), nat64, dialFrom: undefined });
    assert.equal(await connect({ atyp: ATYP.name, host: "inside.test", port: 80 }, live), REPLIES.notAllowed);
    assert.equal(nat64.allows("2a00:64::a00:1"), false);
    assert.equal(nat64.allows("2a00:64:0:1::1"), true);
    assert.equal(nat64.allows("10.0.0.1"), true, "not its affair");
    dns.close();
  });

  it("NET-15 no IPv6 but loopback until DNS has answered: a failure is not the word that there is no NAT64", async () => {
    let nowMs = 0;
    const records: Record<string, DnsRecord> = { "ipv4only.arpa": "SERVFAIL" };
    const dns = await startDnsServer(records);
    const nat64 = createNat64([dns.address], () => nowMs);
    assert.equal(nat64.allows("2606:4700::1111"), false);
    const failing = nat64.look();
    assert.equal(nat64.look(), failing, "one look at a time");
    await failing;
    assert.equal(nat64.allows("2606:4700::1111"), false);
    assert.equal(nat64.allows("::1") && nat64.allows("1.1.1.1"), true);
    // After ten seconds it is asked for again, and NXDOMAIN is an answer.
    delete records["ipv4only.arpa"];
    nowMs = 9_999;
    await nat64.look();
    assert.equal(nat64.allows("2606:4700::1111"), false);
    nowMs = 10_000;
    await nat64.look();
    assert.equal(nat64.allows("2606:4700::1111"), true);
    dns.close();
  });

  it("NET-15 looks again after ten minutes, and keeps its last answer when that fails", async () => {
    let nowMs = 0;
    const records: Record<string, DnsRecord> = { "ipv4only.arpa": [] };
    const dns = await startDnsServer(records);
    const nat64 = createNat64([dns.address], () => nowMs);
    await nat64.look();
    assert.equal(nat64.allows("2a00:64::a00:1"), true);
    records["ipv4only.arpa"] = ["2a00:64::c000:aa"];
    nowMs = 599_999;
    await nat64.look();
    assert.equal(nat64.allows("2a00:64::a00:1"), true);
    nowMs = 600_000;
    await nat64.look();
    assert.equal(nat64.allows("2a00:64::a00:1"), false);
    records["ipv4only.arpa"] = "SERVFAIL";
    nowMs = 1_200_000;
    await nat64.look();
    assert.equal(nat64.allows("2a00:64::a00:1"), false);
    assert.equal(nat64.allows("2606:4700::1111"), true);
    dns.close();
  });
});

describe("node/session connectTarget (NET-15)", () => {
  let dns: Awaited<ReturnType<typeof startDnsServer>>;
  let origin: Awaited<ReturnType<typeof startOrigin>>;
  const rules: ExitRule[] = [{ action: "accept", network: "127.0.0.0/8", ports: [1, 65_535] }];

  before(async () => {
    origin = await startOrigin(() => undefined);
    dns = await startDnsServer({
      "origin.test": ["127.0.0.1"],
      "inside.test": ["10.0.0.1", "::1", "192.168.0.1"],
      "mixed.test": ["10.0.0.1", "127.0.0.1"],
      "second.test": ["127.0.0.77", "127.0.0.1"],
      "silent.test": null,
    });
  });
  after(() => {
    dns.close();
    origin.close();
  });

  const connect = (host: string, port = origin.port, signal = live) =>
    createConnectTarget({ policy: policyOf(rules, true), resolve: createResolveName([dns.address]), nat64: createNat64([dns.address]), dialFrom: undefined })({ atyp: ATYP.name, host, port }, signal);
  const connected = async (host: string) => {
    const socket = await connect(host);
    assert.ok(socket instanceof Socket, `reply ${String(socket)}`);
    const { remoteAddress } = socket;
    socket.destroy();
    return remoteAddress;
  };

  it("resolves by the given server and connects to the literal it checked", async () => {
    assert.equal(await connected("origin.test"), "127.0.0.1");
    assert.ok(dns.queries.includes("origin.test"));
  });

  it("a literal is not resolved", async () => {
    const before = dns.queries.length;
    assert.equal(await connected("127.0.0.1"), "127.0.0.1");
    assert.equal(dns.queries.length, before);
  });

  it("the policy is asked after resolution: forbidden addresses are left out, all forbidden is a refusal", async () => {
    assert.equal(await connect("inside.test"), REPLIES.notAllowed);
    assert.equal(await connected("mixed.test"), "127.0.0.1");
    assert.equal(await connect("10.0.0.1"), REPLIES.notAllowed);
  });

  it("goes on to the next address when one refuses", async () => {
    assert.equal(await connected("second.test"), "127.0.0.1");
  });

  it("says host unreachable for names that do not exist or never resolve, within 2 tries of 2 s", async () => {
    assert.equal(await connect("nowhere.test"), REPLIES.hostUnreachable);
    assert.equal(await connect("localhost"), REPLIES.hostUnreachable);
    assert.equal(await connect("0177.0.0.1"), REPLIES.hostUnreachable);
    const startedMs = performance.now();
    assert.equal(await connect("silent.test"), REPLIES.hostUnreachable);
    assert.ok(performance.now() - startedMs < 8_000);
  });

  it("says refused, and ends at once when given up", async () => {
    const closed = net.createServer();
    const port = await listenLocal(closed);
    closed.close();
    assert.equal(await connect("127.0.0.1", port), REPLIES.connectionRefused);
    const controller = new AbortController();
    const pending = connect("silent.test", 80, controller.signal);
    controller.abort();
    const startedMs = performance.now();
    assert.equal(typeof (await pending), "number");
    assert.ok(performance.now() - startedMs < 500);
  });

  it("NET-14 says timed out where nothing answers", async () => {
    const hole = await startBlackHole();
    try {
      const connectSoon = createConnectTarget({ policy: policyOf(rules, true), resolve: createResolveName([]), nat64: createNat64([]), dialFrom: undefined, timeoutMs: 100 });
      assert.equal(await connectSoon({ atyp: ATYP.ipv4, host: "127.0.0.1", port: hole.port }, live), REPLIES.timedOut);
    } finally {
      hole.close();
    }
  });

  it("NET-14 of several addresses that fail the most telling reply is given: no IPv6 here does not hide a refusal", async () => {
    const closed = net.createServer();
    const port = await listenLocal(closed);
    closed.close();
    const both = await startDnsServer({ "both.test": ["127.0.0.1", "2606:4700::1111"], "six.test": ["2606:4700::1111"], "ipv4only.arpa": [] });
    const connectFrom = createConnectTarget({
      policy: policyOf([ALL], true),
      resolve: createResolveName([both.address]),
      nat64: createNat64([both.address]),
      // An address that this machine does not have.
      dialFrom: "2001:db8::7",
    });
    assert.equal(await connectFrom({ atyp: ATYP.name, host: "six.test", port }, live), REPLIES.networkUnreachable);
    assert.equal(await connectFrom({ atyp: ATYP.name, host: "both.test", port }, live), REPLIES.connectionRefused);
    both.close();
  });

  it("port 0 is refused", async () => {
    assert.equal(await connect("127.0.0.1", 0), REPLIES.notAllowed);
  });
});
