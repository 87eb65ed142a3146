import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import http from "node:http";
import net from "node:net";
import { promisify } from "node:util";
import { Registry } from "prom-client";
import type { ExitRule } from "../../../core/didDocument.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { createClientSession, type ClientSession } from "../../../node/session/clientSession.ts";
import { createExit } from "../../../node/session/createExit.ts";
import { createSocksServer, type SocksServer } from "../../../node/socks5/server.ts";
import { startBlackHole } from "../../support/blackHole.ts";
import { startDnsServer } from "../../support/dnsServer.ts";
import { startRelays } from "../../support/relays.ts";
import { listenLocal, until } from "../../support/sockets.ts";

const run = promisify(execFile);
const RULES: ExitRule[] = [
  { action: "reject", network: "*", ports: [22, 22] },
  { action: "accept", network: "127.0.0.1", ports: [1, 65_535] },
  { action: "accept", network: "::1", ports: [1, 65_535] },
  { action: "accept", network: "2606:4700::/32", ports: [1, 65_535] },
];

describe("node/socks5 replies through three relays (NET-14)", () => {
  const undo: (() => unknown)[] = [];
  let network: Awaited<ReturnType<typeof startRelays>>;
  let session: ClientSession;
  let server: SocksServer;
  let port: number;
  let hole: Awaited<ReturnType<typeof startBlackHole>>;
  let closedPort: number;
  let originPort: number;
  let origin6Port: number;

  before(async () => {
    hole = await startBlackHole();
    undo.push(() => hole.close());
    const dns = await startDnsServer({ "closed.test": ["127.0.0.1"], "silent.test": ["127.0.0.1"], "private.test": ["10.0.0.1"], "six.test": ["::1"], "far.test": ["2606:4700::1111"], "ipv4only.arpa": [], "broken.test": "SERVFAIL" });
    undo.push(() => dns.close());
    network = await startRelays(3, {
      // From an IPv6 address that this machine does not have, the last relay has no way to any IPv6 address.
      change: (deps, index) => ({
        exit: createExit({ rules: RULES, allowLoopback: true, dnsServers: [dns.address], dialFrom: index === 2 ? "2001:db8::7" : deps.dialFrom, relayAddresses: () => [], connectTimeoutMs: 300, registry: new Registry() }),
      }),
    });
    undo.push(() => network.close());
    session = createClientSession(await network.circuit());
    const six = createClientSession(await network.circuit([2, 1, 0]));
    undo.push(() => session.close(), () => six.close());
    const sessionFor = (to: number) => (to === origin6Port ? six : session);
    server = createSocksServer({ host: "127.0.0.1", port: 0, connect: (target, _key, signal) => sessionFor(target.port).openStream(target, signal), log: createLogger("socks", "silent"), registry: new Registry() });
    port = await server.start();
    undo.push(() => server.close());
    const closed = net.createServer();
    closedPort = await listenLocal(closed);
    closed.close();
    const origin = http.createServer((_request, response) => response.end("here"));
    originPort = await listenLocal(origin);
    const origin6 = http.createServer((_request, response) => response.end("six"));
    origin6Port = await listenLocal(origin6, "::1");
    undo.push(() => [origin, origin6].forEach((each) => (each.close(), each.closeAllConnections())));
  });
  after(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  const ask = async (bytes: Buffer, enough: (answer: Buffer) => boolean): Promise<Buffer> => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    let answer = Buffer.alloc(0);
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (answer = Buffer.concat([answer, chunk])));
    socket.write(bytes);
    await until(() => enough(answer) || socket.destroyed, 10_000);
    socket.destroy();
    return answer;
  };
  const socksReplyTo = async (host: string, to: number): Promise<number | undefined> => {
    const name = Buffer.concat([Buffer.of(5, 1, 0, 5, 1, 0, 3, host.length), Buffer.from(host), Buffer.of(to >> 8, to & 0xff)]);
    return (await ask(name, ({ length }) => length >= 12))[3];
  };
  const httpStatusTo = async (host: string, to: number): Promise<number> => {
    const answer = await ask(Buffer.from(`CONNECT ${host}:${to} HTTP/1.1\r\n\r\n`), (bytes) => bytes.includes("\r\n\r\n"));
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1]);
  };

  it("refused, unreachable, timed out, policy: each has its code, in SOCKS5 and in HTTP", async () => {
    const cases: [string, number, number, number][] = [
      ["127.0.0.1", originPort, 0, 200],
      ["127.0.0.1", closedPort, 5, 502],
      ["closed.test", closedPort, 5, 502],
      ["nowhere.test", 80, 4, 502],
      ["broken.test", 80, 4, 502],
      ["far.test", 80, 3, 502],
      ["127.0.0.1", hole.port, 6, 504],
      ["silent.test", hole.port, 6, 504],
      ["127.0.0.1", 22, 2, 403],
      ["10.0.0.1", 80, 2, 403],
      ["private.test", 80, 2, 403],
      ["127.0.0.1", 25, 2, 403],
    ];
    for (const [host, to, reply, status] of cases) {
      assert.equal(await socksReplyTo(host, to), reply, `${host}:${to}`);
      assert.equal(await httpStatusTo(host, to), status, `${host}:${to}`);
    }
  });

  it("curl reaches an IPv6 literal and a name that has only IPv6, by SOCKS5 and HTTP CONNECT", async () => {
    for (const proxy of [["-x", `socks5h://127.0.0.1:${port}`], ["-x", `socks5://127.0.0.1:${port}`], ["-p", "-x", `http://127.0.0.1:${port}`]]) {
      const { stdout } = await run("curl", ["-sS", "-g", "--max-time", "10", ...proxy, `http://[::1]:${origin6Port}/`]);
      assert.equal(stdout, "six", proxy.join(" "));
    }
    const { stdout } = await run("curl", ["-sS", "--max-time", "10", "-x", `socks5h://127.0.0.1:${port}`, `http://six.test:${origin6Port}/`]);
    assert.equal(stdout, "six");
  });

  it("an exit that goes while it connects is a general failure, not a silence", async () => {
    const waiting = socksReplyTo("127.0.0.1", hole.port);
    await until(() => session.streams() === 1);
    await network.relays[2]!.server.close();
    assert.equal(await waiting, 1);
    assert.equal(await socksReplyTo("127.0.0.1", originPort), 1);
    assert.equal(await httpStatusTo("127.0.0.1", originPort), 502);
  });
});
