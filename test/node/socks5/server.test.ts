import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net, { type Socket } from "node:net";
import { PassThrough, type Duplex } from "node:stream";
import { promisify } from "node:util";
import { Registry } from "prom-client";
import { X0tError } from "../../../core/x0tError.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { REPLIES, type Target } from "../../../node/circuit/frames.ts";
import { createClientSession } from "../../../node/session/clientSession.ts";
import { createSocksServer, type SocksConnect, type SocksServer } from "../../../node/socks5/server.ts";
import { startDnsServer } from "../../support/dnsServer.ts";
import { startRelays } from "../../support/relays.ts";
import { listenLocal, until } from "../../support/sockets.ts";

const run = promisify(execFile);
const log = createLogger("socks", "silent");
const SUCCEEDED = "05000001000000000000";

describe("node/socks5/server (NET-14)", () => {
  let server: SocksServer;
  let port: number;
  let asked: { target: Target; key: string; signal: AbortSignal }[];
  let connect: (target: Target) => Promise<Duplex | number>;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    asked = [];
    connect = () => Promise.resolve(new PassThrough());
    const remember: SocksConnect = (target, key, signal) => {
      asked.push({ target, key, signal });
      return connect(target);
    };
    server = createSocksServer({ host: "127.0.0.1", port: 0, connect: remember, duplicatePorts: [22], log, registry: new Registry() });
    port = await server.start();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.close();
  });

  const dial = (): Socket & { hex(): string } => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(socket);
    let received = Buffer.alloc(0);
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
    return Object.assign(socket, { hex: () => received.toString("hex") });
  };
  const send = (socket: Socket, hex: string) => socket.write(Buffer.from(hex, "hex"));
  const talk = async (hex: string, expected: string) => {
    const socket = dial();
    send(socket, hex);
    await until(() => socket.hex().length >= expected.length || socket.closed, 3_000, expected);
    assert.equal(socket.hex().slice(0, Math.max(expected.length, 2)), expected);
    return socket;
  };
  const GREET = "050100";
  const V4 = "050100017f0000011f90";

  it("RFC 1928 CONNECT to IPv4, IPv6 and names, which stay names", async () => {
    await talk(`${GREET}${V4}`, `0500${SUCCEEDED}`);
    await talk(`${GREET}05010004${"20010db8"}${"00".repeat(11)}0101bb`, `0500${SUCCEEDED}`);
    await talk(`${GREET}050100030b${Buffer.from("example.org").toString("hex")}0050`, `0500${SUCCEEDED}`);
    assert.deepEqual(asked.map(({ target }) => target), [
      { atyp: 1, host: "127.0.0.1", port: 8080 },
      { atyp: 4, host: "2001:db8:0:0:0:0:0:1", port: 443 },
      { atyp: 3, host: "example.org", port: 80 },
    ]);
    assert.deepEqual(asked.map(({ key }) => key), ["", "", ""]);
  });

  it("an IPv4 address in IPv6's clothes is an IPv4 address", async () => {
    await talk(`${GREET}05010004${"00".repeat(10)}ffffc0000207${"0050"}`, `0500${SUCCEEDED}`);
    await talk(`${GREET}0501000310${Buffer.from("::ffff:192.0.2.7").toString("hex")}0050`, `0500${SUCCEEDED}`);
    for (const { target } of asked) assert.deepEqual(target, { atyp: 1, host: "192.0.2.7", port: 80 });
  });

  it("a literal written as a name is a literal", async () => {
    await talk(`${GREET}0501000309${Buffer.from("192.0.2.7").toString("hex")}0050`, `0500${SUCCEEDED}`);
    assert.deepEqual(asked[0]?.target, { atyp: 1, host: "192.0.2.7", port: 80 });
  });

  it("byte by byte is the same, and early data is not lost", async () => {
    const socket = dial();
    for (const byte of Buffer.from(`${GREET}${V4}`, "hex")) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => socket.hex() === `0500${SUCCEEDED}`);
    const eager = dial();
    send(eager, `${GREET}${V4}${Buffer.from("early").toString("hex")}`);
    await until(() => eager.hex() === `0500${SUCCEEDED}${Buffer.from("early").toString("hex")}`);
  });

  it("RFC 1929 credentials are accepted, used for isolation and not shown", async () => {
    const password = (user: string, pass: string) =>
      `050200020${"1"}${user.length.toString(16).padStart(2, "0")}${Buffer.from(user).toString("hex")}${pass.length.toString(16).padStart(2, "0")}${Buffer.from(pass).toString("hex")}`;
    for (const [user, pass] of [["a", "b"], ["a", "b"], ["a", "c"], ["ab", ""], ["", "ab"]] as const) await talk(`${password(user, pass)}${V4}`, `05020100${SUCCEEDED}`);
    const keys = asked.map(({ key }) => key);
    assert.equal(keys[0], keys[1]);
    assert.equal(new Set(keys).size, 4);
    assert.ok(keys.every((key) => /^[0-9a-f]{64}$/.test(key)));
  });

  it("NET-12 users that end in +duplicate and the ports for it get keys of their own", async () => {
    const user = Buffer.from("me+duplicate");
    await talk(`05020002${"01"}${user.length.toString(16).padStart(2, "0")}${user.toString("hex")}0178${V4}`, `05020100${SUCCEEDED}`);
    const http = dial();
    http.write(`CONNECT example.org:443 HTTP/1.1\r\nProxy-Authorization: Basic ${Buffer.from("me+duplicate:x").toString("base64")}\r\n\r\n`);
    await until(() => asked.length === 2);
    const ssh = dial();
    ssh.write("CONNECT example.org:22 HTTP/1.1\r\n\r\n");
    await until(() => asked.length === 3);
    assert.ok(asked.every(({ key }) => key.endsWith("+duplicate")));
    assert.equal(asked[2]?.key, "+duplicate");
  });

  it("no acceptable method: FF and the end", async () => {
    const socket = await talk("05010105", "05ff");
    await until(() => socket.readableEnded);
  });

  it("UDP ASSOCIATE where there is none, BIND and unknown commands: 7; unknown address types: 8", async () => {
    for (const command of ["02", "03", "09"]) {
      const socket = await talk(`${GREET}05${command}00017f0000011f90`, `0500${"05070001000000000000"}`);
      await until(() => socket.readableEnded);
    }
    await talk(`${GREET}05010005`, `0500${"05080001000000000000"}`);
    await talk(`${GREET}0501000303612062${"0050"}`, `0500${"05080001000000000000"}`);
    assert.equal(asked.length, 0);
  });

  it("tells the exit's reply, and a lost circuit as a general failure", async () => {
    for (const reply of [REPLIES.notAllowed, REPLIES.networkUnreachable, REPLIES.hostUnreachable, REPLIES.connectionRefused, REPLIES.timedOut]) {
      connect = () => Promise.reject(new X0tError("X0T_OPEN_REFUSED", "no", { data: { reply } }));
      await talk(`${GREET}${V4}`, `0500050${reply}0001000000000000`);
      connect = () => Promise.resolve(reply);
      await talk(`${GREET}${V4}`, `0500050${reply}0001000000000000`);
    }
    connect = () => Promise.reject(new X0tError("X0T_CIRCUIT_LOST", "gone"));
    await talk(`${GREET}${V4}`, `0500${"05010001000000000000"}`);
  });

  it("ends garbage and other versions without an answer, never breaking", async () => {
    for (const bytes of [Buffer.of(4, 1, 0, 80, 127, 0, 0, 1, 0), Buffer.of(0x16, 3, 1), Buffer.of(5, 0), Buffer.from([5, 1, 0, 4, 1, 0, 1]), Buffer.from("0502000202", "hex")]) {
      const socket = dial();
      socket.write(bytes);
      await until(() => socket.readableEnded || socket.destroyed, 3_000);
    }
    for (let i = 0; i < 200; i++) dial().end(Buffer.concat([i % 2 === 0 ? Buffer.from(GREET, "hex") : Buffer.alloc(0), randomBytes(1 + (i % 60))]));
    await talk(`${GREET}${V4}`, `0500${SUCCEEDED}`);
  });

  it("ends a handshake that does not come to its end in time, whatever trickles in", async () => {
    const hurried = createSocksServer({ host: "127.0.0.1", port: 0, connect: () => Promise.resolve(1), handshakeTimeoutMs: 300, log, registry: new Registry() });
    port = await hurried.start();
    try {
      for (const bytes of ["05", "050100", "CONNECT x:1 HTTP/1.1\r\nA: "]) {
        const slow = dial();
        const startedMs = performance.now();
        slow.write(bytes.startsWith("05") ? Buffer.from(bytes, "hex") : bytes);
        const trickle = setInterval(() => slow.write(bytes.startsWith("C") ? "a" : Buffer.alloc(0)), 20);
        await until(() => slow.readableEnded || slow.destroyed, 3_000);
        clearInterval(trickle);
        assert.ok(performance.now() - startedMs > 250);
      }
    } finally {
      await hurried.close();
    }
  });

  it("a client that leaves while it waits gives the connection up", async () => {
    connect = () => new Promise(() => undefined);
    const socket = dial();
    send(socket, `${GREET}${V4}`);
    await until(() => asked.length === 1);
    socket.resetAndDestroy();
    await until(() => asked[0]?.signal.aborted === true);
  });

  it("an end that comes while the connection is being opened passes on, and nothing is left", async () => {
    const opened = Promise.withResolvers<Duplex>();
    connect = () => opened.promise;
    const socket = dial();
    socket.end(Buffer.from(`${GREET}${V4}`, "hex"));
    await until(() => asked.length === 1);
    // The server answers this one after it has seen that end.
    await talk(GREET, "0500");
    const stream = new PassThrough();
    opened.resolve(stream);
    await until(() => stream.writableFinished && socket.closed);
    assert.equal(socket.hex(), `0500${SUCCEEDED}`);
  });

  it("HTTP CONNECT on the same port: names, IPv6, isolation by Proxy-Authorization, early data", async () => {
    const socket = dial();
    socket.write("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\nhello");
    const ok = "HTTP/1.1 200 Connection established\r\n\r\nhello";
    await until(() => Buffer.from(socket.hex(), "hex").toString() === ok);
    const second = dial();
    second.write("CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nProxy-Authorization: Basic YTpi\r\n\r\n");
    await until(() => asked.length === 2);
    assert.deepEqual(asked.map(({ target }) => target), [
      { atyp: 3, host: "example.org", port: 443 },
      { atyp: 4, host: "2001:db8::1", port: 8443 },
    ]);
    assert.equal(asked[0]?.key, "");
    assert.match(asked[1]?.key as string, /^[0-9a-f]{64}$/);
  });

  it("HTTP: no other method, no bad target, no endless head", async () => {
    const status = async (text: string) => {
      const socket = dial();
      socket.write(text);
      await until(() => socket.readableEnded || socket.destroyed, 3_000, text.slice(0, 20));
      return Buffer.from(socket.hex(), "hex").toString().split("\r\n")[0];
    };
    assert.equal(await status("GET http://x/ HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 Method Not Allowed");
    for (const target of ["x", "x:0", "x:65536", "x:y", ":80", "[::1:80", "a b:80", "u@x:1:2"]) assert.equal(await status(`CONNECT ${target} HTTP/1.1\r\n\r\n`), "HTTP/1.1 400 Bad Request", target);
    assert.equal(await status(`CONNECT x:1 HTTP/1.1\r\nA: ${"a".repeat(9_000)}`), "");
    connect = () => Promise.resolve(REPLIES.notAllowed);
    assert.equal(await status("CONNECT x:1 HTTP/1.1\r\n\r\n"), "HTTP/1.1 403 Forbidden");
  });

  it("NET-14 a full proxy says so in the application's protocol, and resets what comes beyond", async () => {
    const small = createSocksServer({ host: "127.0.0.1", port: 0, connect: () => connect({ atyp: 1, host: "127.0.0.1", port: 1 }), maxConnections: 2, log, registry: new Registry() });
    port = await small.start();
    try {
      for (let i = 0; i < 2; i++) await talk(`${GREET}${V4}`, `0500${SUCCEEDED}`);
      const refused = await talk(`${GREET}${V4}`, `0500${"05010001000000000000"}`);
      const http = dial();
      http.write("CONNECT x:1 HTTP/1.1\r\n\r\n");
      await until(() => http.readableEnded && refused.readableEnded);
      assert.match(Buffer.from(http.hex(), "hex").toString(), /^HTTP\/1.1 502 /);
      // 64 that say nothing take all places of the refused, for a second.
      for (let i = 0; i < 64; i++) dial();
      let reset = "";
      const beyond = dial().on("error", (error: NodeJS.ErrnoException) => (reset = error.code ?? ""));
      await until(() => beyond.destroyed);
      assert.equal(reset, "ECONNRESET");
    } finally {
      await small.close();
    }
  });

  it("NET-14 a refusal is read even if the application has said more than was read", async () => {
    connect = () => Promise.resolve(REPLIES.notAllowed);
    const socket = dial();
    socket.write(Buffer.concat([Buffer.from(`${GREET}${V4}`, "hex"), Buffer.alloc(400_000)]));
    await until(() => socket.readableEnded || socket.destroyed);
    assert.equal(socket.hex(), `0500${"05020001000000000000"}`);
    assert.equal(socket.errored, null);
    socket.end();
    await until(() => socket.destroyed);
  });

  it("a lost stream resets the application: a broken transfer never looks complete", async () => {
    const stream = new PassThrough();
    connect = () => Promise.resolve(stream);
    const socket = await talk(`${GREET}${V4}`, `0500${SUCCEEDED}`);
    const errors: string[] = [];
    socket.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
    stream.on("error", () => undefined).destroy(new Error("circuit lost"));
    await until(() => socket.destroyed);
    assert.deepEqual(errors, ["ECONNRESET"]);
  });

  it("names a taken port", async () => {
    const second = createSocksServer({ host: "127.0.0.1", port, connect: () => Promise.resolve(1), log, registry: new Registry() });
    await assert.rejects(second.start(), (error: unknown) => error instanceof X0tError && error.code === "X0T_PORT_TAKEN" && error.message.includes(String(port)));
  });
});

describe("node/socks5 with curl through three relays", () => {
  it("NET-14 fetches by name over SOCKS5 and HTTP CONNECT; names are resolved at the exit only", async () => {
    const body = randomBytes(3_000_000);
    const origin = http.createServer((_request, response) => response.end(body));
    const originPort = await listenLocal(origin);
    const dns = await startDnsServer({ "origin.test": ["127.0.0.1"] });
    const network = await startRelays(3, { dnsServers: [dns.address] });
    const session = createClientSession(await network.circuit());
    const server = createSocksServer({ host: "127.0.0.1", port: 0, connect: (target, _key, signal) => session.openStream(target, signal), log, registry: new Registry() });
    const port = await server.start();
    const curl = (...args: string[]) => run("curl", ["-sS", "--max-time", "10", ...args], { encoding: "buffer", maxBuffer: 1e8 });
    try {
      for (const proxy of [["-x", `socks5h://127.0.0.1:${port}`], ["-x", `socks5h://user:pass@127.0.0.1:${port}`], ["-x", `http://127.0.0.1:${port}`, "-p"]]) {
        const { stdout } = await curl(...proxy, `http://origin.test:${originPort}/`);
        assert.ok(stdout.equals(body));
      }
      assert.ok(dns.queries.includes("origin.test"));
      await assert.rejects(curl("-x", `socks5h://127.0.0.1:${port}`, "http://nowhere.test/"), (error: unknown) => String((error as { stderr: Buffer }).stderr).includes("(4)"));
    } finally {
      const closed = once(origin, "close");
      await server.close();
      session.close();
      await network.close();
      dns.close();
      origin.close();
      origin.closeAllConnections();
      await closed;
    }
  });
});
