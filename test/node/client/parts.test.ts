import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { addressBookSchema } from "../../../core/addressBook.ts";
import { X0T } from "../../../core/parameters.ts";
import type { NodeId } from "../../../core/ids.ts";
import { findChannels } from "../../../chain/findChannels.ts";
import type { AccountTunnel } from "../../../node/account/accountTunnel.ts";
import { readClientConfig } from "../../../node/client/config.ts";
import { createDocumentFetcher } from "../../../node/client/documentFetcher.ts";
import { createDescriptorFetcher } from "../../../node/client/descriptorFetcher.ts";
import { ensureChannel } from "../../../node/client/ensureChannel.ts";
import { chooseGuards, readGuards } from "../../../node/client/guards.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { startProtocolChain, type ProtocolChain } from "../../support/protocolChain.ts";
import { eventually } from "../payment/harness.ts";

const log = pino({ level: "silent" });
const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;
const nodeOf = (n: number, over: Partial<DirectoryNode> = {}): DirectoryNode =>
  ({
    index: n,
    nodeId: id(n),
    operator: `0x${n.toString(16).padStart(40, "0")}`,
    stake: 100n,
    active: true,
    document: { endpoint: { host: `127.${n + 1}.0.1` } },
    ...over,
  }) as DirectoryNode;

describe("a client's parts", () => {
  let home: string;
  beforeEach(async () => (home = await mkdtemp(join(tmpdir(), "x0t-client-"))));
  afterEach(() => rm(home, { recursive: true }));

  it("NET-8 guards are drawn among active nodes with a document, persisted, and kept", async () => {
    const nodes = [nodeOf(1), nodeOf(2), nodeOf(3, { active: false }), nodeOf(4), nodeOf(5, { document: undefined }), nodeOf(6)];
    const first = await chooseGuards(home, nodes, 3);
    assert.equal(first.length, 3);
    assert.ok(first.every(({ nodeId }) => [1, 2, 4, 6].map(id).includes(nodeId)));
    for (let i = 0; i < 5; i++) assert.deepEqual(await chooseGuards(home, nodes, 3), first);
    assert.deepEqual(await readGuards(home), first);
    const left = nodes.filter(({ nodeId }) => nodeId !== first[0]?.nodeId);
    const second = await chooseGuards(home, left, 3);
    assert.equal(second.filter(({ nodeId }) => first.some((guard) => guard.nodeId === nodeId)).length, 2);
  });

  it("guards.json that cannot be read is an error, not a new choice", async () => {
    await writeFile(join(home, "guards.json"), "{}");
    await assert.rejects(readGuards(home), { code: "X0T_GUARDS_CORRUPT" });
    assert.equal(await readFile(join(home, "guards.json"), "utf8"), "{}");
  });

  it("a config with an unknown key or a bad value names it", async () => {
    await writeFile(join(home, "config.json"), JSON.stringify({ hops: 9 }));
    await assert.rejects(readClientConfig(home), { code: "X0T_CONFIG" });
  });

  it("documents come from IPFS, or from relays of which one is named", async () => {
    const contracts = Object.fromEntries(addressBookSchema.shape.contracts.keyof().options.map((name, n) => [name, `0x${String(n + 1).padStart(40, "0")}`]));
    const base = {
      chainId: 1,
      rpcUrls: ["http://127.0.0.1:1"],
      contracts: { chainId: 1, deployBlock: 0, contracts },
      parameters: "production",
      socks: { host: "127.0.0.1", port: 0 },
      api: { host: "127.0.0.1", port: 0 },
      keyFile: "key",
      depositWei: "1",
    };
    const read = async (over: Record<string, unknown>) => {
      await writeFile(join(home, "config.json"), JSON.stringify({ ...base, ...over }));
      return readClientConfig(home);
    };
    assert.deepEqual((await read({ bootstrap: [`${id(1)}@192.0.2.1:9001`, `${id(2)}@[2001:db8::1]:9001`] })).bootstrap, [
      { nodeId: id(1), host: "192.0.2.1", relayPort: 9001 },
      { nodeId: id(2), host: "2001:db8::1", relayPort: 9001 },
    ]);
    assert.deepEqual((await read({ ipfsUrl: "http://127.0.0.1:5001" })).bootstrap, []);
    await assert.rejects(read({}), { code: "X0T_CONFIG", message: /needs ipfsUrl or a relay in bootstrap/ });
    for (const wrong of [`${id(1)}@relay.example:9001`, `${id(1)}@192.0.2.1`, `${id(1)}@192.0.2.1:70000`, "192.0.2.1:9001", `${id(1)}@300.0.2.1:9001`]) {
      await assert.rejects(read({ bootstrap: [wrong] }), { code: "X0T_CONFIG", message: /nodeId@address:relayPort/ });
    }
  });

  describe("NET-2 documents from relays", () => {
    const documentOf = (n: number) => Uint8Array.of(n);
    function start(options: { guards: number[]; bootstrap: number[]; broken?: number[] }) {
      const asked: [relay: number, wanted: number[]][] = [];
      const tunnel = (relay: number) => ({
        nodeId: id(relay),
        fetch(_wanted: string, ids: readonly NodeId[]) {
          const wanted = ids.map((nodeId) => Number(nodeId));
          asked.push([relay, wanted]);
          return options.broken?.includes(relay) ? Promise.reject(new Error("gone")) : Promise.resolve(wanted.map(documentOf));
        },
      });
      const fetchDocuments = createDocumentFetcher({
        guards: () => options.guards.map(tunnel),
        bootstrap: options.bootstrap.map(id),
        withStranger: (nodeId, use) => use(tunnel(Number(nodeId))),
        random: () => 0,
        log,
      });
      return { fetchDocuments, asked };
    }

    it("without guards a bootstrap relay gives them, the next one if it fails", async () => {
      const { fetchDocuments, asked } = start({ guards: [], bootstrap: [200, 201, 202], broken: [200] });
      const taken = new Set<number>();
      const take = (block: Uint8Array) => {
        taken.add(block[0] as number);
        return id(block[0] as number);
      };
      await fetchDocuments(Array.from({ length: 100 }, (_, n) => id(n)), take, AbortSignal.timeout(5_000));
      assert.equal(taken.size, 100);
      assert.deepEqual(asked.map(([relay, { length }]) => [relay, length]), [[200, 64], [201, 64], [201, 36]]);
    });

    it("guards come first; what is no document of anybody is asked of the others, and of each once", async () => {
      const { fetchDocuments, asked } = start({ guards: [1, 2], bootstrap: [200] });
      const take = (block: Uint8Array) => (block[0] === 7 ? undefined : id(block[0] as number));
      await fetchDocuments([id(6), id(7)], take, AbortSignal.timeout(5_000));
      assert.deepEqual(asked.filter(([, wanted]) => wanted.includes(7)).map(([relay]) => relay).sort(), [1, 2, 200]);
    });
  });

  it("NET-2 a source is asked for a whole page once, then for what is newer only", async () => {
    const nodes = Array.from({ length: 70 }, (_, n) => nodeOf(n + 1));
    const asked: (readonly number[] | undefined)[] = [];
    const guard = {
      nodeId: id(1),
      fetch(_wanted: string, _ids: readonly NodeId[], _signal: AbortSignal, newerThan?: readonly number[]) {
        asked.push(newerThan);
        return Promise.resolve([Uint8Array.of(1)]);
      },
    } as unknown as AccountTunnel;
    const fetcher = createDescriptorFetcher({
      directory: { nodes: () => nodes, putDescriptor: () => "old", counterOf: (nodeId) => Number(nodeId) * 10, coverage: () => ({ stakeShare: 1, sources: 0, endpointsAgree: true }) },
      guards: () => [guard],
      withStranger: () => Promise.reject(new Error("none")),
      random: () => 0,
      onChange: () => undefined,
      log,
    });
    try {
      await eventually(() => asked.length >= 4, "two rounds");
      assert.equal(asked[0], undefined);
      assert.deepEqual(asked[1], [650, 660, 670, 680, 690, 700]);
      assert.deepEqual(asked[2]?.slice(0, 3), [10, 20, 30]);
    } finally {
      fetcher.close();
    }
  });

  describe("NET-2 no circuit before enough is known", () => {
    function start(options: { nodes: number; guards: number[]; share?: number; agree?: boolean; strangersAnswer?: boolean }) {
      const nodes = Array.from({ length: options.nodes }, (_, n) => nodeOf(n + 1));
      const asked: NodeId[] = [];
      const rounds = { count: 0 };
      const guard = (n: number) => ({ nodeId: id(n), fetch: () => Promise.resolve([Uint8Array.of(n)]) }) as unknown as AccountTunnel;
      const fetcher = createDescriptorFetcher({
        directory: {
          nodes: () => nodes,
          putDescriptor: () => "old",
          counterOf: () => undefined,
          coverage: () => ({ stakeShare: options.share ?? 1, sources: 0, endpointsAgree: options.agree ?? true }),
        },
        guards: () => options.guards.map(guard),
        withStranger(nodeId, use) {
          asked.push(nodeId);
          return options.strangersAnswer === false ? Promise.reject(new Error("gone")) : use({ nodeId, fetch: () => Promise.resolve([Uint8Array.of(1)]) });
        },
        random: Math.random,
        onChange: () => rounds.count++,
        log,
      });
      return { fetcher, asked, rounds };
    }

    it("three guards are three sources, nobody else is asked", async () => {
      const { fetcher, asked } = start({ nodes: 6, guards: [1, 2, 3] });
      assert.equal(fetcher.covered(), false, "nothing is known at first");
      await eventually(() => fetcher.covered(), "covered");
      assert.deepEqual(asked, []);
      fetcher.close();
    });

    it("with fewer guards others are asked until there are three sources", async () => {
      const { fetcher, asked } = start({ nodes: 6, guards: [1] });
      await eventually(() => fetcher.covered(), "covered");
      assert.equal(asked.length, 2);
      assert.ok(!asked.includes(id(1)));
      fetcher.close();
    });

    it("in a network of two nodes two sources are enough", async () => {
      const { fetcher } = start({ nodes: 2, guards: [1, 2] });
      await eventually(() => fetcher.covered(), "covered");
      fetcher.close();
    });

    for (const [what, options] of [
      ["one source of three", { nodes: 6, guards: [1], strangersAnswer: false }],
      ["less than 60 % of the stake", { nodes: 6, guards: [1, 2, 3], share: 0.59 }],
      ["RPC endpoints that contradict each other", { nodes: 6, guards: [1, 2, 3], agree: false }],
      ["an empty directory", { nodes: 0, guards: [] }],
    ] as const) {
      it(`${what} is not enough`, async () => {
        const { fetcher, rounds } = start({ ...options, guards: [...options.guards] });
        await eventually(() => rounds.count > 0, "a round is over");
        assert.equal(fetcher.covered(), false);
        assert.ok(fetcher.missing());
        fetcher.close();
      });
    }
  });

  describe("channels to guards", function () {
    this.timeout(60_000);
    let chain: ProtocolChain;
    before(async () => {
      chain = await startProtocolChain();
    });
    after(() => chain.close());

    it("CHN-1 are opened once, however often it is asked; one that closes is replaced; too little money is said plainly", async () => {
      const sender = chain.sender(20);
      const payee = chain.accounts[1]!.address;
      const { X0TToken: token, RelayChannels: channels } = chain.contracts;
      const at = { token, channels, payee, depositWei: 5n * X0T };
      const signal = AbortSignal.timeout(30_000);
      assert.equal(await ensureChannel(sender, at, log, signal), "opened");
      assert.equal(await ensureChannel(sender, at, log, signal), "found");
      const [channel] = await findChannels(chain.client, { channels, payer: sender.account, payee });
      assert.equal(channel?.deposit, 5n * X0T);
      const { startCloseChannel } = await import("../../../chain/startCloseChannel.ts");
      await startCloseChannel(sender, { channels, channel: channel!.channel });
      assert.equal(await ensureChannel(sender, at, log, signal), "opened");
      await assert.rejects(ensureChannel(sender, { ...at, payee: chain.accounts[2]!.address, depositWei: 10n ** 30n }, log, signal), {
        code: "X0T_CLIENT_FUNDS",
      });
    });
  });
});
