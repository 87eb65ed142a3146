import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressesOf } from "../../cli/actions/nodeInit.ts";
import { addressBookSchema, type AddressBook } from "../../core/addressBook.ts";
import { decodeDidDocument } from "../../core/didDocument.ts";
import { readNodeConfig } from "../../node/config.ts";
import { generateNodeKeys } from "../../runtime/keystore.ts";
import { verifyNative } from "../../runtime/mlDsa.ts";
import { writeNodeHome } from "../../runtime/nodeHome.ts";
import { runInProcess } from "./runInProcess.ts";

const address = (n: number) => `0x${n.toString(16).padStart(40, "0")}` as const;
const names = Object.keys(addressBookSchema.shape.contracts.shape);
const operator = address(0x22);
const ports = { relayPort: 9001, controlPort: 9002 };

describe("x0t node init --behind-nat and node status (NET-20)", () => {
  let home: string;
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), "x0t-nat-home-"))));
  afterEach(() => rm(home, { recursive: true }));

  const write = async (flags: Parameters<typeof addressesOf>[0]) => {
    const keys = generateNodeKeys();
    const contracts = { chainId: 31337, deployBlock: 0, contracts: Object.fromEntries(names.map((name, i) => [name, address(i + 1)])) } as unknown as AddressBook;
    const block = await writeNodeHome(
      {
        home,
        contracts,
        parameters: { devnetEpochSeconds: 12 },
        rpcUrls: ["http://127.0.0.1:1"],
        ipfsUrl: "http://127.0.0.1:1",
        operator,
        region: "here",
        ...addressesOf(flags),
        apiPort: 11_000,
        passphraseFile: "passphrase",
        exitPolicy: [],
        allowLoopbackExit: false,
      },
      keys,
    );
    const document = decodeDidDocument(block, { chainId: 31337, nodeId: keys.nodeId, operator }, verifyNative);
    return { document, config: JSON.parse(await readFile(join(home, "config.json"), "utf8")) as Record<string, unknown>, contracts };
  };

  it("says so in the document and the config, names no ports, and dials from any address", async () => {
    const { document, config } = await write({ host: "198.51.100.4", behindNat: true, ...ports });
    assert.deepEqual(document.endpoint, { host: "198.51.100.4", relayPort: 0, controlPort: 0, reachable: false });
    assert.deepEqual([config.listen, config.dialFrom], [document.endpoint, "0.0.0.0"]);
    assert.equal((await write({ host: "2001:db8::4", behindNat: true, ...ports })).config.dialFrom, "::");
    assert.equal((await write({ host: "198.51.100.4", listen: "192.168.1.2", behindNat: true, ...ports })).config.dialFrom, "192.168.1.2");
    assert.equal((await readNodeConfig(home)).listen.reachable, false);
  });

  it("says nothing of it elsewhere", async () => {
    const { document, config } = await write({ host: "198.51.100.4", ...ports });
    assert.deepEqual(document.endpoint, { host: "198.51.100.4", ...ports });
    assert.deepEqual([config.listen, config.dialFrom], [document.endpoint, "198.51.100.4"]);
  });

  it("node status shows it", async () => {
    const status = { index: 4, nodeId: "0x01", operator, region: "here", epoch: 1, slot: 2, draining: false, peers: 3, circuits: 0, relayedBytes: "0", receipts: {} };
    let behindNat: boolean | undefined = true;
    const server = createServer((request, response) => {
      const earnings = { meteredWei: "0", channels: [], paid: [] };
      response.end(JSON.stringify(request.url === "/v1/earnings" ? earnings : { ...status, behindNat }));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const { port } = server.address() as AddressInfo;
      await writeFile(join(home, "config.json"), JSON.stringify({ api: { host: "127.0.0.1", port } }));
      const show = async () => (await runInProcess(["node", "status", "--home", home])).stdout;
      assert.match(await show(), /^node 4 in here, behind NAT\n/);
      // A node of an earlier version does not say.
      behindNat = undefined;
      assert.match(await show(), /^node 4 in here\n/);
    } finally {
      server.close();
    }
  });
});
