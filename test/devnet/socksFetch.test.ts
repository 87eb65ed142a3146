import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { getThroughSocks } from "../../devnet/socksFetch.ts";

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

describe("a request through SOCKS5", () => {
  it("goes through the proxy, which hears the name, and nowhere else", async () => {
    let direct = 0;
    const origin = createHttpServer((_request, response) => response.end("direct")).on("connection", () => direct++);
    origin.listen(0, "127.0.0.1");
    await once(origin, "listening");
    const heard: string[] = [];
    const proxy = createServer((socket) => void answer(socket, heard)).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    try {
      const url = new URL(`http://127.0.0.1:${portOf(origin)}/x`);
      const response = await getThroughSocks({ host: "127.0.0.1", port: portOf(proxy) }, url, AbortSignal.timeout(5_000));
      let body = "";
      for await (const chunk of response) body += (chunk as Buffer).toString();
      assert.equal(body, "proxied");
      assert.deepEqual(heard, [`127.0.0.1:${portOf(origin)}`]);
      assert.equal(direct, 0);
    } finally {
      proxy.close();
      origin.close();
    }
  });

  it("names the proxy's refusal", async () => {
    const proxy = createServer((socket) => void answer(socket, [], 5)).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    try {
      await assert.rejects(
        getThroughSocks({ host: "127.0.0.1", port: portOf(proxy) }, new URL("http://name.test/"), AbortSignal.timeout(5_000)),
        { code: "X0T_SOCKS", message: /connection refused/ },
      );
    } finally {
      proxy.close();
    }
  });
});

/** A SOCKS5 proxy that itself answers the HTTP request it is sent. */
async function answer(socket: Socket, heard: string[], reply = 0): Promise<void> {
  socket.on("error", () => undefined);
  await once(socket, "data");
  socket.write(Buffer.from([5, 0]));
  const [request] = (await once(socket, "data")) as [Buffer];
  const length = request[4] ?? 0;
  heard.push(`${request.subarray(5, 5 + length).toString()}:${request.readUInt16BE(5 + length)}`);
  socket.write(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
  if (reply !== 0) return;
  await once(socket, "data");
  socket.end("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nproxied");
}
