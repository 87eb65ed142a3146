import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MAX_BLOCK_BYTES } from "../../core/blockSize.ts";
import { blockDigest } from "../../core/cid.ts";
import { X0tError } from "../../core/x0tError.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";

const BLOCK = new TextEncoder().encode("a block");
const DIGEST = blockDigest(BLOCK);

async function withServer(listener: RequestListener, run: (url: string) => Promise<void>): Promise<void> {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const rejectsWith = (promise: Promise<unknown>, code: string, retryable: boolean) =>
  assert.rejects(promise, (error: unknown) => error instanceof X0tError && error.code === code && error.retryable === retryable);

describe("IPFS client", () => {
  it("gives a block only if its SHA-256 is the one asked for", async () => {
    await withServer((_, response) => response.end("another block"), async (url) => {
      await rejectsWith(createIpfsClient({ url }).getBlock(DIGEST), "X0T_IPFS_BAD_BLOCK", false);
    });
    await withServer((_, response) => response.end(BLOCK), async (url) => {
      assert.deepEqual(await createIpfsClient({ url }).getBlock(DIGEST), BLOCK);
    });
  });

  it("stops reading an answer that is longer than a block", async () => {
    await withServer((_, response) => response.end(Buffer.alloc(MAX_BLOCK_BYTES + 1)), async (url) => {
      await rejectsWith(createIpfsClient({ url }).getBlock(DIGEST), "X0T_IPFS_BAD_BLOCK", false);
    });
  });

  it("tells a missing block from an IPFS that is down", async () => {
    await withServer((_, response) => response.writeHead(500).end('{"Message":"not found"}'), async (url) => {
      await rejectsWith(createIpfsClient({ url }).getBlock(DIGEST), "X0T_IPFS_NOT_FOUND", true);
    });
    const down = createIpfsClient({ url: "http://127.0.0.1:1" });
    await rejectsWith(down.getBlock(DIGEST), "X0T_IPFS_DOWN", true);
    assert.equal(await down.isUp(), false);
  });

  it("gives up on an IPFS that does not answer: a block that nobody serves in time is missing", async () => {
    await withServer(() => undefined, async (url) => {
      const client = createIpfsClient({ url, timeoutMs: 50 });
      await rejectsWith(client.getBlock(DIGEST), "X0T_IPFS_NOT_FOUND", true);
      await rejectsWith(client.putBlock(BLOCK), "X0T_IPFS_TIMEOUT", true);
      assert.equal(await client.isUp(), false);
    });
  });

  it("believes a store only when it names the block's own CID", async () => {
    await withServer((_, response) => response.end('{"Key":"bafyother"}'), async (url) => {
      await rejectsWith(createIpfsClient({ url }).putBlock(BLOCK), "X0T_IPFS_REFUSED", false);
    });
    await rejectsWith(createIpfsClient({ url: "http://127.0.0.1:1" }).putBlock(new Uint8Array(MAX_BLOCK_BYTES + 1)), "X0T_IPFS_REFUSED", false);
  });

  it("ends at once when the caller aborts", async () => {
    await withServer(() => undefined, async (url) => {
      const aborted = new AbortController();
      const pending = createIpfsClient({ url }).getBlock(DIGEST, aborted.signal);
      aborted.abort(new Error("enough"));
      await assert.rejects(pending, /enough/);
    });
  });
});
