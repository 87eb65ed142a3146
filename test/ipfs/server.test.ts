import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import * as dagCbor from "@ipld/dag-cbor";
import { create, type KuboRPCClient } from "kubo-rpc-client";
import { CID } from "multiformats/cid";
import { MAX_BLOCK_BYTES } from "../../core/blockSize.ts";
import { blockDigest, cidFromDigest } from "../../core/cid.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { runMain, startMain, type TestProcess } from "../support/processes.ts";
import { temporaryDirectory } from "../support/temporaryDirectory.ts";

describe("embedded IPFS", function () {
  this.timeout(30_000);
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let ipfs: TestProcess;
  let url: string;
  let kubo: KuboRPCClient;

  const start = async () => {
    ipfs = await startMain("ipfs/main.ts", ["--dir", directory.path, "--port", "0"]);
    url = `http://127.0.0.1:${ipfs.ready.port}`;
    kubo = create({ url });
  };

  before(async () => {
    directory = await temporaryDirectory();
    await start();
  });
  after(async () => {
    await ipfs.kill();
    await directory[Symbol.asyncDispose]();
  });

  it("satisfies kubo-rpc-client: version, id, add, cat", async () => {
    assert.match((await kubo.version()).version, /^\d+\.\d+\.\d+$/);
    assert.match((await kubo.id()).id.toString(), /^12D3KooW/);
    const { cid, size } = await kubo.add("relay", { cidVersion: 1 });
    assert.equal(size, 5);
    // What `echo -n relay | ipfs add --cid-version 1` prints.
    assert.equal(cid.code, 0x55);
    const chunks: Uint8Array[] = [];
    for await (const chunk of kubo.cat(cid)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), "relay");
  });

  it("satisfies kubo-rpc-client: dag, block and pin", async () => {
    const cid = await kubo.dag.put({ epoch: 7, nested: { slots: [1, 2] } });
    assert.deepEqual((await kubo.dag.get(cid)).value, { epoch: 7, nested: { slots: [1, 2] } });
    assert.deepEqual((await kubo.dag.get(cid, { path: "/nested/slots/1" })).value, 2);
    const bytes = dagCbor.encode({ a: 1 });
    const block = await kubo.block.put(bytes, { format: "dag-cbor" });
    assert.equal(block.toString(), cidFromDigest(blockDigest(bytes)));
    assert.deepEqual(await kubo.block.get(block), bytes);
    assert.equal((await kubo.block.stat(block)).size, bytes.length);
    assert.equal((await kubo.pin.add(block)).toString(), block.toString());
    assert.equal((await kubo.pin.add(block)).toString(), block.toString(), "a second pin changes nothing");
    const pins: string[] = [];
    for await (const pin of kubo.pin.ls({ paths: block })) pins.push(`${pin.cid} ${pin.type}`);
    assert.deepEqual(pins, [`${block} recursive`]);
  });

  it("answers dag/get as dag-json with a path", async () => {
    const cid = await kubo.dag.put({ a: { b: [true] } });
    const answer = await fetch(`${url}/api/v0/dag/get?arg=${cid}/a`, { method: "POST" });
    assert.deepEqual(await answer.json(), { b: [true] });
  });

  it("serves single blocks on GET /ipfs/<cid>", async () => {
    const bytes = dagCbor.encode({ gateway: true });
    const cid = cidFromDigest(await createIpfsClient({ url }).putBlock(bytes));
    const answer = await fetch(`${url}/ipfs/${cid}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/vnd.ipld.dag-cbor");
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
    assert.equal((await fetch(`${url}/ipfs/${cid}`, { method: "HEAD" })).headers.get("content-length"), String(bytes.length));
    assert.equal((await fetch(`${url}/ipfs/nonsense`)).status, 400);
  });

  it("names a block that it does not have, at once", async () => {
    const missing = CID.parse(cidFromDigest(`0x${"11".repeat(32)}`));
    await assert.rejects(kubo.block.get(missing), /could not find/);
  });

  it("takes a block of 1 MiB and refuses a larger one, and keeps serving", async () => {
    const largest = new Uint8Array(MAX_BLOCK_BYTES).fill(7);
    const cid = await kubo.block.put(largest);
    assert.equal((await kubo.block.get(cid)).length, MAX_BLOCK_BYTES);
    await assert.rejects(kubo.block.put(new Uint8Array(MAX_BLOCK_BYTES + 1)), /smaller blocks/);
    assert.equal((await fetch(`${url}/api/v0/block/put`, { method: "POST", body: "not multipart" })).status, 400);
    assert.equal((await fetch(`${url}/api/v0/block/put?cid-codec=zip`, { method: "POST", body: form("x") })).status, 400);
    assert.equal((await fetch(`${url}/api/v0/version`)).status, 405);
    for (const path of ["repo/gc", "constructor", "__proto__"]) {
      assert.equal((await fetch(`${url}/api/v0/${path}`, { method: "POST" })).status, 404);
    }
    assert.match((await kubo.version()).version, /\d/);
  });

  it("refuses browsers, as Kubo does", async () => {
    const answer = await fetch(`${url}/api/v0/version`, { method: "POST", headers: { origin: "https://evil.example" } });
    assert.equal(answer.status, 403);
  });

  it("keeps what it acknowledged over kill -9, and its PeerId", async () => {
    const { id } = await kubo.id();
    const client = createIpfsClient({ url });
    const blocks = Array.from({ length: 20 }, (_, index) => dagCbor.encode({ index, text: "x".repeat(1_000) }));
    const digests = await Promise.all(blocks.map((block) => client.putBlock(block)));
    await ipfs.kill("SIGKILL");
    await start();
    assert.equal((await kubo.id()).id.toString(), id.toString());
    const again = createIpfsClient({ url });
    for (const [index, digest] of digests.entries()) assert.deepEqual(await again.getBlock(digest), blocks[index]);
    const pins: string[] = [];
    for await (const pin of kubo.pin.ls()) pins.push(pin.cid.toString());
    for (const digest of digests) assert.ok(pins.includes(cidFromDigest(digest)));
  });

  it("writes one block once however many ask at the same time", async () => {
    const client = createIpfsClient({ url });
    const block = dagCbor.encode({ same: "x".repeat(5_000) });
    await Promise.all(Array.from({ length: 20 }, () => client.putBlock(block)));
    const files = await readdir(join(directory.path, "blocks"), { recursive: true });
    assert.deepEqual(files.filter((file) => file.endsWith(".tmp")), []);
  });

  it("stops cleanly on SIGTERM", async () => {
    const other = await startMain("ipfs/main.ts", ["--dir", join(directory.path, "other"), "--port", "0"]);
    await other.kill("SIGTERM");
    assert.equal(other.child.exitCode, 0);
  });

  it("exits 2 with the way out on a taken port or a bad argument", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const taken = await runMain("ipfs/main.ts", ["--dir", join(directory.path, "third"), "--port", String(port)]);
    holder.close();
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /X0T_PORT_TAKEN.*is taken.*choose another --port/);
    const bad = await runMain("ipfs/main.ts", ["--dir", directory.path, "--port", "many"]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /--port must be a number/);
  });
});

function form(text: string): FormData {
  const data = new FormData();
  data.append("data", new Blob([text]));
  return data;
}
