import assert from "node:assert/strict";
import type { NodeId } from "../../../core/ids.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";
import { drawPath, type DrawRequest } from "../../../node/witness/drawPath.ts";

const idOf = (index: number): NodeId => `0x${index.toString(16).padStart(64, "0")}`;

/** `count` nodes, each funding all others; node 0 is the witness, node 1 the target. */
function network(count: number): DirectoryNode[] {
  const ids = Array.from({ length: count }, (_, index) => idOf(index));
  return ids.map((nodeId, index) => ({
    index,
    nodeId,
    operator: `0x${index.toString(16).padStart(40, "0")}`,
    witness: `0x${"00".repeat(20)}`,
    stake: 1n,
    active: true,
    document: { endpoint: {} },
    descriptor: { funded: ids.filter((id) => id !== nodeId) },
  })) as unknown as DirectoryNode[];
}

const draw = (nodes: DirectoryNode[], over: Partial<DrawRequest> = {}) =>
  drawPath({
    nodes,
    self: idOf(0),
    target: nodes[1] as DirectoryNode,
    committee: [0],
    canPay: () => true,
    isLinked: () => true,
    used: new Set(),
    random: Math.random,
    ...over,
  })?.map(({ index }) => index);

/** Everything that can be drawn. */
function allDraws(nodes: DirectoryNode[], over: Partial<DrawRequest> = {}): Set<string> {
  return new Set(Array.from({ length: 400 }, () => String(draw(nodes, over))));
}

describe("NET-21 the draw of X and Y", () => {
  it("stands X, whom the witness pays and who funds the target, before it, and Y, whom the target funds, behind it", () => {
    const nodes = network(6);
    nodes[2]!.descriptor!.funded = [];
    nodes[1]!.descriptor!.funded = [idOf(4), idOf(5)];
    const drawn = allDraws(nodes, { canPay: (id) => id !== idOf(3) });
    assert.deepEqual([...drawn].sort(), ["4,1,5", "5,1,4"]);
  });

  it("NET-20 takes no X that the witness cannot dial; the target and Y may be behind NAT", () => {
    const nodes = network(4);
    for (const index of [1, 3]) nodes[index]!.document!.endpoint.reachable = false;
    nodes[1]!.descriptor!.funded = [idOf(0), idOf(2)];
    assert.deepEqual([...allDraws(nodes)], ["undefined"], "the target's only public neighbour cannot stand on both sides");
    const more = network(5);
    for (const index of [1, 3]) more[index]!.document!.endpoint.reachable = false;
    more[1]!.descriptor!.funded = [idOf(0), idOf(2), idOf(4)];
    assert.deepEqual([...allDraws(more)].sort(), ["2,1,4", "4,1,2"]);
    const publicTarget = network(4);
    publicTarget[3]!.document!.endpoint.reachable = false;
    assert.deepEqual([...allDraws(publicTarget)], ["2,1,3"]);
    const three = network(3);
    three[1]!.document!.endpoint.reachable = false;
    assert.equal(draw(three), undefined);
  });

  it("keeps the committee and the target's operator out where there are 8 nodes", () => {
    const nodes = network(9);
    nodes[6]!.operator = nodes[1]!.operator;
    const drawn = allDraws(nodes, { committee: [0, 2, 3, 4, 5] });
    assert.deepEqual([...drawn].sort(), ["7,1,8", "8,1,7"]);
    assert.equal(allDraws(network(7), { committee: [0, 2, 3, 4, 5, 6] }).size, 20, "below 8 anybody stands in");
    const lonely = allDraws(network(8), { committee: [0, 2, 3, 4, 5, 6, 7] });
    assert.equal(lonely.size, 30, "and where nobody else is left");
  });

  it("takes fresh ones for each try, and old ones rather than none", () => {
    const nodes = network(6);
    const used = new Set([idOf(2), idOf(3)]);
    assert.deepEqual([...allDraws(nodes, { used })].sort(), ["4,1,5", "5,1,4"]);
    assert.equal(allDraws(nodes, { used: new Set([2, 3, 4, 5].map(idOf)) }).size, 12);
  });

  it("leaves out who drains, is not active, or has no document, and takes a living Y first", () => {
    const nodes = network(8);
    nodes[2]!.active = false;
    nodes[3]!.descriptor!.draining = true;
    delete nodes[4]!.document;
    assert.equal(allDraws(nodes).size, 6);
    assert.deepEqual([...allDraws(nodes, { isLinked: (id) => id === idOf(7) })].sort(), ["5,1,7", "6,1,7", "7,1,5", "7,1,6"]);
  });

  it("with three nodes goes straight to the target, and is nothing with two", () => {
    assert.deepEqual(draw(network(3)), [1, 2]);
    assert.equal(draw(network(3), { canPay: () => false }), undefined);
    assert.equal(draw(network(2)), undefined);
    const unfunded = network(5);
    unfunded[1]!.descriptor!.funded = [];
    assert.equal(draw(unfunded), undefined);
    const onlyOne = network(5);
    onlyOne[1]!.descriptor!.funded = [idOf(2)];
    assert.deepEqual([...allDraws(onlyOne)].sort(), ["3,1,2", "4,1,2"], "the only one behind does not stand before");
  });
});
