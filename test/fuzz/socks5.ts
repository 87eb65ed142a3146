import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { createByteReader } from "../../node/socks5/byteReader.ts";
import { readHttpRequest } from "../../node/socks5/httpHandshake.ts";
import { readSocksRequest, SOCKS_VERSION } from "../../node/socks5/socksHandshake.ts";
import { fuzzCommand } from "./command.ts";
import { cut, mutate } from "./mutate.ts";
import type { Random } from "./random.ts";

const HOSTS = ["example.org", "localhost", "1.2.3.4", "0177.0.0.1", "::1", "[::1]", "fe80::1%eth0", "a".repeat(255), "ex ample", "", "\u0000", "é.org"];
const MAX_HTTP_HEAD_BYTES = 8_192;

/** A socket in memory: what the application writes comes out at once, what the proxy says is kept. */
function memorySocket(): { socket: Socket; said: Buffer[]; feed(chunk: Buffer | null): void } {
  const said: Buffer[] = [];
  const duplex = new Duplex({
    highWaterMark: 256 << 10,
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      said.push(chunk);
      done();
    },
  });
  return { socket: duplex as unknown as Socket, said, feed: (chunk) => void duplex.push(chunk) };
}

function socksRequest(random: Random): Buffer {
  const methods = random.pick([[0], [2], [0, 2], [1], [], [2, 0, 0x80], Array.from({ length: 255 }, (_, i) => i)]);
  const asksPassword = methods.includes(2);
  const field = () => {
    const bytes = random.bytes(random.pick([0, 1, 8, 255]));
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  const login = asksPassword ? Buffer.concat([Buffer.of(random.oneIn(8) ? random.int(256) : 1), field(), field()]) : Buffer.alloc(0);
  const atyp = random.pick([1, 1, 3, 3, 4, 4, 0, 0x7f, random.int(256)]);
  const name = Buffer.from(random.pick(HOSTS), "latin1");
  const host = atyp === 1 ? random.bytes(4) : atyp === 4 ? random.bytes(16) : Buffer.concat([Buffer.of(name.length), name]);
  const head = Buffer.of(random.oneIn(10) ? random.int(256) : SOCKS_VERSION, random.pick([1, 1, 1, 2, 3, random.int(256)]), 0, atyp);
  return Buffer.concat([Buffer.of(SOCKS_VERSION, methods.length, ...methods), login, head, host, random.bytes(2)]);
}

function httpRequest(random: Random): Buffer {
  const method = random.pick(["CONNECT", "CONNECT", "GET", "POST", "connect", "X"]);
  const authority = `${random.pick(HOSTS)}:${random.pick(["443", "0", "65535", "65536", "-1", "", "80x"])}`;
  const header = random.pick(["", "Host: x\r\n", "Proxy-Authorization: Basic eDp5\r\n", "proxy-authorization:\r\n", `X: ${"y".repeat(random.pick([10, 8_150, 9_000]))}\r\n`]);
  return Buffer.from(`${method} ${authority} ${random.pick(["HTTP/1.1", "HTTP/1.0", "HTTP/2", ""])}\r\n${header}\r\n`, "latin1");
}

/**
 * One application on the proxy port: a request, or a broken one, cut at random, then silence until the deadline or an end.
 * The handshake always settles, answers with the methods and replies of RFC 1928 alone, and takes no byte of what follows.
 */
export async function socksCase(random: Random): Promise<string> {
  const isHttp = random.oneIn(4);
  const valid = isHttp ? httpRequest(random) : socksRequest(random);
  const request = random.oneIn(2) ? valid : mutate(random, valid, socksRequest(random));
  const after = random.bytes(random.int(20));
  const deadline = new AbortController();
  const { socket, said, feed } = memorySocket();
  socket.on("error", () => undefined);

  const reader = createByteReader(socket, deadline.signal);
  const handshake = (async () => {
    const first = (await reader.exactly(1))?.[0];
    if (first === SOCKS_VERSION) return readSocksRequest(reader, socket);
    return first !== undefined && first >= 0x41 && first <= 0x5a ? readHttpRequest(reader, first) : undefined;
  })();
  let settled = false;
  void handshake.then(() => (settled = true), () => (settled = true));
  for (const chunk of cut(random, Buffer.concat([request, after]))) {
    if (settled) break;
    feed(chunk);
    if (random.oneIn(3)) await new Promise((resolve) => process.nextTick(resolve));
  }
  const ends = random.oneIn(2);
  if (ends) feed(null);
  // What has all it needs is done after the stream's own ticks; the rest waits for more.
  for (let i = 0; i < 8 && !settled; i++) await new Promise((resolve) => setImmediate(resolve));
  const waited = !settled;
  assert.ok(!(waited && ends), "it waits for more of what has ended");
  deadline.abort();
  const result = await handshake;
  reader.release();
  assert.equal(socket.listenerCount("readable"), 0, "a listener stays");

  const [method, login, ...more] = said;
  assert.equal(more.length, 0, "it says more than its method and the login's answer");
  if (method !== undefined) assert.ok(!isHttpFirst(request) && method.length === 2 && method[0] === 5 && [0, 2, 0xff].includes(method[1] as number), "method");
  if (login !== undefined) assert.ok(method?.[1] === 2 && login.equals(Buffer.of(1, 0)), "login");
  socket.destroy();
  if (waited) return "waits for more";
  if (result === undefined) return "no request";
  if ("reply" in result) {
    assert.ok(Number.isInteger(result.reply) && result.reply > 0 && result.reply <= 8, `reply ${result.reply}`);
    return `reply ${result.reply}`;
  }
  if (result.command === "connect") {
    const { host, port } = result.target;
    assert.ok(port >= 0 && port <= 65_535 && host.length > 0 && host.length <= 255 && /^[\x21-\x7e]+$/.test(host), `${host}:${port}`);
  }
  assert.ok(result.credentials.length <= MAX_HTTP_HEAD_BYTES);
  return result.command;
}

function isHttpFirst(request: Buffer): boolean {
  return request[0] !== SOCKS_VERSION;
}

if (import.meta.main) await fuzzCommand("socks5", "Handshakes on the proxy port (NET-14): SOCKS5 and HTTP CONNECT, valid, mutated, cut at random and broken off.", socksCase);
