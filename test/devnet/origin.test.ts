import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeOriginFiles } from "../../devnet/originFiles.ts";
import { createOriginServer, parseRange } from "../../devnet/originServer.ts";
import { createLogger } from "../../runtime/logger.ts";

describe("test origin", () => {
  let dir: string;
  let server: Server;
  let base: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "x0t-origin-"));
    await makeOriginFiles(dir);
    server = createOriginServer(dir, createLogger("origin", "silent")).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("serves 200,000,000 bytes whose hash it names", async () => {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of (await fetch(`${base}/200m.bin`)).body ?? []) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
    assert.equal(bytes, 200_000_000);
    assert.equal(await (await fetch(`${base}/200m.bin.sha256`)).text(), `${hash.digest("hex")}  200m.bin\n`);
  });

  it("makes the file once", async () => {
    const { mtimeMs } = await stat(join(dir, "200m.bin"));
    await makeOriginFiles(dir);
    assert.equal((await stat(join(dir, "200m.bin"))).mtimeMs, mtimeMs);
  });

  it("answers ranges, HEAD and what it does not have", async () => {
    const part = await fetch(`${base}/1k.txt`, { headers: { range: "bytes=0-3" } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get("content-range"), "bytes 0-3/1024");
    assert.equal(await part.text(), "x0tt");
    const head = await fetch(`${base}/200m.bin`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), "200000000");
    assert.equal((await fetch(`${base}/1k.txt`, { headers: { range: "bytes=2000-" } })).status, 416);
    assert.equal((await fetch(`${base}/../package.json`)).status, 404);
    assert.equal((await fetch(`${base}/1k.txt`, { method: "POST", body: "x" })).status, 405);
  });

  it("reads ranges as RFC 9110 says", () => {
    assert.deepEqual(parseRange("bytes=5-", 10), { start: 5, end: 9 });
    assert.deepEqual(parseRange("bytes=-3", 10), { start: 7, end: 9 });
    assert.deepEqual(parseRange("bytes=0-99", 10), { start: 0, end: 9 });
    assert.equal(parseRange("bytes=-0", 10), "unsatisfiable");
    assert.equal(parseRange("bytes=10-", 10), "unsatisfiable");
    for (const ignored of [undefined, "bytes=-", "bytes=4-2", "bytes=0-1,4-5", "lines=1-2"]) assert.equal(parseRange(ignored, 10), undefined);
  });
});
