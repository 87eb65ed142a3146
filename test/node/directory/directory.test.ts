import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import { createReader } from "../../../chain/createReader.ts";
import { blockDigest } from "../../../core/cid.ts";
import { encodeDescriptor } from "../../../core/descriptor.ts";
import { encodeDidDocument, type Endpoint } from "../../../core/didDocument.ts";
import { didOf, type Hex } from "../../../core/ids.ts";
import { createDirectory, type Directory } from "../../../node/directory/directory.ts";
import { generateNodeKeys } from "../../../runtime/keystore.ts";
import { createLogger } from "../../../runtime/logger.ts";
import { signerOf } from "../../../runtime/mlDsa.ts";
import { REGISTRY, startFakeChain } from "../fakeChain.ts";

const CHAIN = 31337;
const OPERATOR = "0x00000000000000000000000000000000000000B1";

function makeNode(i: number, endpoint: Endpoint = { host: `127.0.${i + 1}.1`, relayPort: 9001, controlPort: 9002 }) {
  const keys = generateNodeKeys();
  const sign = signerOf(keys.identity);
  const did = encodeDidDocument(
    {
      version: 1,
      did: didOf(CHAIN, keys.nodeId),
      chainId: CHAIN,
      operator: OPERATOR,
      publicKey: keys.publicKey,
      region: `r${i}`,
      endpoint,
      roles: ["relay"],
      exitPolicy: [],
      protocol: 1,
    },
    sign,
  );
  const descriptor = (counter: number, load = 0, draining = false) =>
    encodeDescriptor({ version: 1, nodeId: keys.nodeId, counter, load, funded: [], work: 16, draining }, sign);
  const registered = {
    nodeId: keys.nodeId,
    operator: OPERATOR,
    witness: privateKeyToAccount(keys.hotKey).address,
    metadata: blockDigest(did),
    active: true,
  } as const;
  return { keys, did, registered, descriptor };
}

describe("directory", () => {
  const nodes = [makeNode(0), makeNode(1), makeNode(2), makeNode(3)];
  let home: string;
  let chain: Awaited<ReturnType<typeof startFakeChain>>;
  let blocks: Map<Hex, Uint8Array>;
  let fetched: Hex[];
  let nowMs: number;
  const open: Directory[] = [];

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "x0t-directory-"));
    chain = await startFakeChain(nodes.map(({ registered }) => ({ ...registered })));
    blocks = new Map(nodes.map(({ did, registered }) => [registered.metadata, did]));
    fetched = [];
    nowMs = Date.now();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((directory) => directory.close()));
    chain.close();
    await rm(home, { recursive: true });
  });

  const create = async (urls = [chain.url]) => {
    const endpoints = urls.map((url) => createReader({ chainId: CHAIN, rpcUrls: [url] }));
    const directory = await createDirectory({
      chainId: CHAIN,
      client: endpoints[0]!,
      endpoints,
      contracts: { NodeRegistry: REGISTRY },
      cacheDir: join(home, "cache"),
      log: createLogger("test", "silent"),
      nowMs: () => nowMs,
      ipfs: {
        async getBlock(digest) {
          fetched.push(digest);
          const block = blocks.get(digest);
          if (block === undefined) throw new Error("not found");
          return block;
        },
      },
    });
    open.push(directory);
    return directory;
  };

  it("NET-2 lists every registered node with its verified document", async () => {
    const directory = await create();
    assert.deepEqual(directory.nodes(), []);
    await directory.refresh();
    assert.deepEqual(
      directory.nodes().map(({ nodeId, document }) => [nodeId, document?.region]),
      nodes.map(({ keys }, i) => [keys.nodeId, `r${i}`]),
    );
    assert.equal(directory.byIndex(2)?.nodeId, nodes[2]!.keys.nodeId);
    assert.equal(directory.byId(nodes[1]!.keys.nodeId)?.index, 1);
  });

  it("NET-20 a node behind NAT has a document and no endpoint that anybody dials; its NAT's address is nobody's relay", async () => {
    const hidden = makeNode(9, { host: "192.0.2.1", relayPort: 0, controlPort: 0, reachable: false });
    chain.state.nodes.push({ ...hidden.registered });
    blocks.set(hidden.registered.metadata, hidden.did);
    const directory = await create();
    await directory.refresh();
    assert.equal(directory.byId(hidden.keys.nodeId)?.document?.endpoint.reachable, false);
    assert.equal(directory.controlEndpoints().length, nodes.length);
    assert.equal(directory.hosts().has("192.0.2.1"), false);
    assert.equal(directory.putDescriptor(hidden.descriptor(nowMs)), "new");
  });

  it("NET-2 a node whose document is missing, altered or names another operator has no endpoint", async () => {
    blocks.delete(nodes[0]!.registered.metadata);
    const altered = Uint8Array.from(nodes[1]!.did);
    altered[altered.length - 1]! ^= 1;
    blocks.set(blockDigest(altered), altered);
    chain.state.nodes[1]!.metadata = blockDigest(altered);
    chain.state.nodes[2]!.operator = REGISTRY;
    const directory = await create();
    await directory.refresh();
    assert.deepEqual(directory.nodes().map(({ document }) => document?.region), [undefined, undefined, undefined, "r3"]);
  });

  it("NET-2 documents come from the home after a restart, also without IPFS", async () => {
    await (await create()).refresh();
    blocks.clear();
    fetched = [];
    const again = await create();
    await again.refresh();
    assert.ok(again.nodes().every(({ document }) => document !== undefined));
    assert.deepEqual(fetched, []);
  });

  it("NET-2 a dead chain throws at first and keeps the last state later", async () => {
    chain.state.down = true;
    const directory = await create();
    await assert.rejects(directory.refresh());
    chain.state.down = false;
    await directory.refresh();
    chain.state.down = true;
    await assert.rejects(directory.refresh());
    assert.equal(directory.nodes().length, 4);
  });

  it("NET-2 the highest counter wins; old, early, late, foreign and inactive ones do not count", async () => {
    const directory = await create();
    const { descriptor, keys } = nodes[0]!;
    assert.equal(directory.putDescriptor(descriptor(nowMs)), "invalid", "its key is not known yet");
    await directory.refresh();
    assert.equal(directory.putDescriptor(descriptor(nowMs - 10, 3)), "new");
    assert.equal(directory.putDescriptor(descriptor(nowMs, 4)), "new");
    assert.equal(directory.putDescriptor(descriptor(nowMs - 10, 3)), "old");
    assert.equal(directory.byId(keys.nodeId)?.descriptor?.load, 4);
    assert.equal(directory.putDescriptor(descriptor(nowMs + 120_000)), "invalid", "from the future");
    assert.equal(directory.putDescriptor(nodes[1]!.descriptor(nowMs - 3_600_000)), "invalid", "an hour old");
    assert.equal(directory.putDescriptor(makeNode(9).descriptor(nowMs)), "invalid", "not registered");
    assert.equal(directory.putDescriptor(new Uint8Array([1, 2, 3])), "invalid");
    chain.state.nodes[3]!.active = false;
    await directory.refresh();
    assert.equal(directory.putDescriptor(nodes[3]!.descriptor(nowMs)), "invalid", "inactive");
    nowMs += 3_600_000;
    assert.equal(directory.byId(keys.nodeId)?.descriptor, undefined, "expired");
  });

  it("NET-2 two bodies with one counter: both drop, both are evidence, a higher counter heals", async () => {
    const directory = await create();
    await directory.refresh();
    const { descriptor, keys } = nodes[0]!;
    const [one, same, other] = [descriptor(nowMs, 1), descriptor(nowMs, 1), descriptor(nowMs, 2)];
    assert.equal(directory.putDescriptor(one), "new");
    assert.equal(directory.putDescriptor(same), "old", "another signature of the same body");
    assert.equal(directory.putDescriptor(other), "conflict");
    assert.equal(directory.descriptorBlock(keys.nodeId), undefined);
    assert.deepEqual(directory.conflictBlocks(keys.nodeId), [one, other]);
    assert.equal(directory.putDescriptor(one), "old");
    assert.equal(directory.putDescriptor(descriptor(nowMs + 1)), "new");
    assert.equal(directory.conflictBlocks(keys.nodeId), undefined);
  });

  it("NET-23 says when a node begins and ends to drain, once each, and nothing of false descriptors", async () => {
    const directory = await create();
    await directory.refresh();
    const { descriptor, keys } = nodes[0]!;
    const turns: [Hex, boolean][] = [];
    const stop = directory.onTurn((nodeId, draining) => turns.push([nodeId, draining]));
    const draining = descriptor(nowMs + 1, 0, true);
    directory.putDescriptor(descriptor(nowMs));
    directory.putDescriptor(draining);
    directory.putDescriptor(draining);
    directory.putDescriptor(descriptor(nowMs + 2, 1, true));
    directory.putDescriptor(descriptor(nowMs - 1));
    assert.deepEqual(turns, [[keys.nodeId, true]]);
    directory.putDescriptor(descriptor(nowMs + 3));
    assert.deepEqual(turns, [[keys.nodeId, true], [keys.nodeId, false]]);
    stop();
    directory.putDescriptor(descriptor(nowMs + 4, 0, true));
    assert.equal(turns.length, 2);
  });

  it("NET-2 coverage is stake with descriptors, and who delivered them; it survives a restart", async () => {
    chain.state.nodes[0]!.stake = 3000n * 10n ** 18n;
    const directory = await create();
    await directory.refresh();
    assert.deepEqual(directory.coverage(), { stakeShare: 0, sources: 0, endpointsAgree: true });
    directory.putDescriptor(nodes[0]!.descriptor(nowMs), "x");
    directory.putDescriptor(nodes[1]!.descriptor(nowMs), "y");
    directory.putDescriptor(nodes[1]!.descriptor(nowMs + 1), "y");
    const { stakeShare, sources } = directory.coverage();
    assert.ok(Math.abs(stakeShare - 4 / 6) < 1e-5 && sources === 2);
    await directory.close();
    const again = await create();
    await again.refresh();
    assert.ok(Math.abs(again.coverage().stakeShare - 4 / 6) < 1e-5);
    assert.equal(again.coverage().sources, 0);
  });

  it("NET-2 two RPC endpoints must agree on a finalized block", async () => {
    const second = await startFakeChain(chain.state.nodes);
    try {
      const directory = await create([chain.url, second.url]);
      assert.equal(directory.coverage().endpointsAgree, false, "not known yet");
      await directory.refresh();
      assert.equal(directory.coverage().endpointsAgree, true);
      second.state.blockHash = `0x${"cd".repeat(32)}`;
      await directory.refresh();
      assert.equal(directory.coverage().endpointsAgree, false);
    } finally {
      second.close();
    }
  });
});
