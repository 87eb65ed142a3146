import assert from "node:assert/strict";
import type { NodeId } from "../../../core/ids.ts";
import { createAvoidList } from "../../../node/client/avoidList.ts";
import { choosePath } from "../../../node/client/circuitBuilder.ts";
import type { DirectoryNode } from "../../../node/directory/directory.ts";

const id = (n: number): NodeId => `0x${n.toString(16).padStart(64, "0")}`;

/** Guards 0 to 2 of a network in which everybody pays everybody. */
function network(count: number, failed: readonly number[] = []) {
  const funded = Array.from({ length: count }, (_, n) => id(n));
  const nodes = funded.map(
    (nodeId, n) =>
      ({
        index: n,
        nodeId,
        operator: `0x${(n + 1).toString(16).padStart(40, "0")}`,
        stake: 100n,
        active: true,
        document: { region: `r${n}`, roles: ["relay", "exit"], endpoint: { host: `127.${n + 1}.0.1` }, exitPolicy: [] },
        descriptor: { funded, draining: false },
      }) as unknown as DirectoryNode,
  );
  const tunnels = [0, 1, 2].map((n) => ({ nodeId: id(n), ready: () => true, connected: () => true, leaving: () => false }));
  const avoid = createAvoidList();
  for (const n of failed) avoid.failed(id(n));
  const deps = { hops: 3, directory: { nodes: () => nodes }, descriptors: { missing: () => undefined, kick: () => undefined }, guards: { tunnels: () => tunnels }, avoid };
  return (busy: readonly number[], exit?: number, urgent = false) =>
    choosePath(deps as unknown as Parameters<typeof choosePath>[0], { busy: new Set(busy.map(id)), urgent, ...(exit !== undefined && { exit: id(exit) }) }).map(({ index }) => index);
}

describe("node/client paths of one session", () => {
  it("NET-9 three circuits of eight relays share their exit alone, however they are drawn", () => {
    const choose = network(8);
    for (let round = 0; round < 200; round++) {
      const first = choose([]);
      const exit = first[2] as number;
      const second = choose(first.slice(0, 2), exit);
      const third = choose([...first.slice(0, 2), ...second.slice(0, 2)], exit);
      const hops = [first, second, third].flatMap((path) => path.slice(0, 2));
      assert.equal(new Set([...hops, exit]).size, 7, JSON.stringify([first, second, third]));
    }
  });

  it("NET-9 not even where most relays failed lately does a further circuit go through another one's middle or entry as its middle", () => {
    const choose = network(8, [3, 4, 5, 6]);
    for (let round = 0; round < 100; round++) {
      const second = choose([0, 3], 7);
      assert.ok([4, 5, 6].includes(second[1] as number), JSON.stringify(second));
    }
  });

  it("NET-9 a session that waits for a circuit goes by a guard rather than through what failed, and through that if nothing else is left", () => {
    const choose = network(5, [3]);
    for (let round = 0; round < 100; round++) assert.ok(!choose([], 4, true).includes(3));
    assert.equal(network(5, [0, 1, 2, 3])([], 4, true).length, 3);
  });

  it("NET-8 where there is no choice a guard is a middle, too", () => {
    assert.deepEqual(network(3)([]).sort(), [0, 1, 2]);
  });
});
