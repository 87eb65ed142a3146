import assert from "node:assert/strict";
import { encodeDescriptor } from "../../../core/descriptor.ts";
import type { NodeId } from "../../../core/ids.ts";
import { createDescriptorGossip, type DescriptorGossip } from "../../../node/directory/descriptorGossip.ts";
import { createDescriptorStore, type DescriptorStore } from "../../../node/directory/descriptorStore.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { createOwnDescriptor, type DescriptorState } from "../../../node/directory/ownDescriptor.ts";
import type { Identity } from "../../../node/identity/identity.ts";
import type { Link } from "../../../node/link/link.ts";
import { DESCRIPTOR_GET } from "../../../node/link/protocols.ts";
import { until } from "../../support/sockets.ts";
import { linkNetwork } from "../link/linkHarness.ts";
import { testIdentity } from "../../support/testIdentity.ts";

interface Member {
  identity: Identity;
  link: Link;
  store: DescriptorStore;
  gossip: DescriptorGossip;
  refreshed: () => void;
}

describe("descriptor gossip", () => {
  let network: ReturnType<typeof linkNetwork>;
  let keys: Map<NodeId, Uint8Array>;
  let members: Member[];
  beforeEach(() => {
    network = linkNetwork();
    keys = new Map();
    members = [];
  });
  afterEach(() => network.close());

  /** Members linked in a line: each knows only the one before it. */
  const add = async () => {
    const identity = await testIdentity();
    keys.set(identity.nodeId, identity.publicKey);
    const before = members.at(-1)?.identity.nodeId;
    const { link } = await network.add({
      identity,
      targets: () => [...network.registered.values()].filter(({ nodeId }) => nodeId === before),
    });
    const store = createDescriptorStore({ publicKeyOf: (nodeId) => keys.get(nodeId), nowMs: Date.now });
    let refreshed: () => void = () => undefined;
    const gossip = createDescriptorGossip({
      self: identity.nodeId,
      link,
      directory: {
        nodes: () => [...keys.keys()].map((nodeId) => ({ nodeId, active: true, descriptor: store.get(nodeId) }) as DirectoryNode),
        putDescriptor: store.put,
        descriptorBlock: store.block,
        conflictBlocks: store.conflict,
        onRefresh(callback) {
          refreshed = callback;
          return () => undefined;
        },
      },
    });
    const member = { identity, link, store, gossip, refreshed: () => refreshed() };
    members.push(member);
    return member;
  };
  const descriptor = ({ identity }: Member, counter: number, load = 0, draining = false) =>
    encodeDescriptor({ version: 1, nodeId: identity.nodeId, counter, load, funded: [], work: 16, draining }, identity.sign);
  const line = async (count: number) => {
    for (let i = 0; i < count; i++) await add();
    const wanted = (i: number) => (i === 0 || i === count - 1 ? 1 : 2);
    await until(() => members.every(({ link }, i) => link.peers().length === wanted(i)), 20_000, "line");
  };

  it("NET-2 reaches everyone over others, newest wins, also who comes later", async () => {
    await line(3);
    const first = members[0]!;
    const { nodeId } = first.identity;
    first.gossip.publish(descriptor(first, Date.now() - 1000, 1));
    await until(() => members[2]!.store.get(nodeId)?.load === 1, 3_000, "first descriptor at the far end");
    first.gossip.publish(descriptor(first, Date.now(), 2));
    await until(() => members[2]!.store.get(nodeId)?.load === 2, 3_000, "second descriptor at the far end");
    const late = await add();
    await until(() => late.store.get(nodeId)?.load === 2, 10_000, "GET on arrival");
  }).timeout(40_000);

  it("NET-23 draining is known three steps away within a second", async () => {
    await line(4);
    const first = members[0]!;
    const { nodeId } = first.identity;
    first.gossip.publish(descriptor(first, Date.now() - 1000));
    await until(() => members[3]!.store.get(nodeId) !== undefined, 3_000, "known");
    const startMs = performance.now();
    first.gossip.publish(descriptor(first, Date.now(), 0, true));
    await until(() => members[3]!.store.get(nodeId)?.draining === true, 1_000, "draining");
    assert.ok(performance.now() - startMs < 1_000);
  }).timeout(40_000);

  it("NET-2 what is missing is asked for after a refresh", async () => {
    await line(2);
    const [a, b] = members as [Member, Member];
    a.store.put(descriptor(a, Date.now()));
    assert.equal(b.store.get(a.identity.nodeId), undefined);
    b.refreshed();
    await until(() => b.store.get(a.identity.nodeId) !== undefined, 3_000);
  }).timeout(30_000);

  it("NET-2 two bodies with one counter: the evidence reaches everyone and the node drops out", async () => {
    await line(4);
    const liar = members[0]!;
    const { nodeId } = liar.identity;
    const counter = Date.now();
    liar.gossip.publish(descriptor(liar, counter, 1));
    await until(() => members[3]!.store.get(nodeId) !== undefined, 3_000, "first story");
    const far = members[3]!;
    far.link.peers()[0]!.send("descriptor", 2, descriptor(liar, counter, 2));
    await until(() => members[1]!.store.conflict(nodeId) !== undefined && far.store.conflict(nodeId) !== undefined, 3_000, "evidence everywhere");
    for (const { store } of members.slice(1)) assert.equal(store.get(nodeId), undefined);
  }).timeout(40_000);

  it("NET-17 a malformed GET ends the link", async () => {
    await line(2);
    let lost = 0;
    members[1]!.link.onPeerLost(() => lost++);
    members[0]!.link.peers()[0]!.send("descriptor", DESCRIPTOR_GET, new Uint8Array(33));
    await until(() => lost === 1, 3_000);
  }).timeout(30_000);
});

describe("own descriptor", () => {
  it("NET-2 is published when ready, on changes that matter, and in time; counters only rise", async () => {
    const identity = await testIdentity();
    const state: DescriptorState = { load: 0, funded: [], work: 16, draining: false };
    let nowMs = 1_000_000;
    let ready = false;
    const published: Uint8Array[] = [];
    const store = createDescriptorStore({ publicKeyOf: () => identity.publicKey, nowMs: () => nowMs });
    const own = createOwnDescriptor({ ...identity, state: () => state, ready: () => ready, publish: (block) => void published.push(block), nowMs: () => nowMs });
    const count = (steps: () => void) => {
      const before = published.length;
      steps();
      own.tick();
      return published.length - before;
    };
    assert.equal(count(() => undefined), 0);
    assert.equal(count(() => (ready = true)), 1);
    assert.equal(count(() => (nowMs += 1_000)), 0);
    assert.equal(count(() => (state.load = 5)), 0, "load alone waits 10 s");
    assert.equal(count(() => (nowMs += 10_000)), 1);
    assert.equal(count(() => (state.funded = [identity.nodeId])), 1);
    assert.equal(count(() => ((nowMs -= 5_000), (state.draining = true))), 1, "also with the clock set back");
    assert.equal(count(() => (nowMs += 21 * 60_000)), 1);
    nowMs = 1_000_000;
    const fresh = published.map((block) => store.put(block));
    assert.deepEqual(fresh, ["new", "new", "new", "new", "invalid"].slice(0, fresh.length), "each is newer than the one before");
  });
});
