import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { UNIT_WEI } from "../../core/parameters.ts";
import { createNamespaces, inNamespace, ipBatch, runIn, type Namespaces } from "../support/netns.ts";
import { GATEWAY, INSIDE, NAT_ADDRESS, SERVICES } from "./nat/addresses.ts";
import type { StepName, StepResults } from "./nat/world.ts";

const LOOPBACK = "0100007F";
const DOWNLOAD_PACKETS = 200n;

/** A world with public addresses, a router that masquerades what comes from behind it and lets nothing else in, a host there. */
function buildNamespaces(namespaces: Namespaces): { world: string; inside: string } {
  const [world, router, inside] = [namespaces.add("world"), namespaces.add("router"), namespaces.add("inside")];
  ipBatch(
    [
      `link add wan type veth peer name wan netns ${router}`,
      ...["20.1.0.1", "20.2.0.1", SERVICES].map((address) => `addr add ${address}/32 dev lo`),
      `addr add ${GATEWAY}/24 dev wan`,
      "link set wan up",
    ],
    world,
  );
  ipBatch(
    [
      `link add lan type veth peer name eth0 netns ${inside}`,
      `addr add ${NAT_ADDRESS}/24 dev wan`,
      "addr add 192.168.77.1/24 dev lan",
      "link set wan up",
      "link set lan up",
      `route add default via ${GATEWAY}`,
    ],
    router,
  );
  ipBatch([`addr add ${INSIDE}/24 dev eth0`, "link set eth0 up", "route add default via 192.168.77.1"], inside);
  // The world knows the way in: it is the router that refuses.
  ipBatch([`route add 192.168.77.0/24 via ${NAT_ADDRESS}`], world);
  runIn(router, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
  runIn(
    router,
    ["nft", "-f", "-"],
    `table ip nat {
       chain postrouting { type nat hook postrouting priority 100; oifname "wan" masquerade; }
       chain forward {
         type filter hook forward priority 0; policy drop;
         iifname "lan" accept
         ct state established,related accept
       }
     }`,
  );
  return { world, inside };
}

describe("chaos: relays behind NAT", function () {
  this.timeout(90_000);
  let namespaces: Namespaces;
  let world: ChildProcess;

  const step = async <Name extends StepName>(name: Name): Promise<StepResults[Name]> => {
    world.send(name);
    return answer() as Promise<StepResults[Name]>;
  };
  const answer = async (): Promise<unknown> => {
    const [{ result, error }] = (await once(world, "message")) as [{ result?: unknown; error?: string }];
    if (error !== undefined) throw new Error(error);
    return result;
  };

  before(async () => {
    namespaces = createNamespaces();
    const names = buildNamespaces(namespaces);
    const file = join(import.meta.dirname, "nat/world.ts");
    const [command, ...args] = inNamespace(names.world, [process.execPath, file, JSON.stringify(names)]) as [string, ...string[]];
    world = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await answer();
  });
  after(async () => {
    if (world !== undefined && world.exitCode === null) {
      await step("close").catch(() => undefined);
      const gone = once(world, "exit");
      world.disconnect();
      await gone;
    }
    namespaces?.close();
  });

  it("NET-20 nothing behind the NAT can be connected to, and the relay there listens on its API's loopback alone", async () => {
    const { listeners, reached } = await step("start");
    assert.deepEqual(reached, [false, false, false]);
    assert.deepEqual(listeners, [LOOPBACK]);
  });

  it("NET-20 a circuit public, behind NAT, public carries a download, and the relay behind NAT is paid for it", async () => {
    const { intact, status } = await step("middle");
    assert.ok(intact);
    assert.equal(status.behindNat, true);
    assert.equal(status.peers, 2);
    // As a middle of three it earns two units a packet, and pays one on.
    const earned = BigInt(status.earnings.meteredWei);
    assert.ok(earned >= 2n * DOWNLOAD_PACKETS * UNIT_WEI, `${earned} wei metered`);
    assert.ok(status.earnings.channels.every(({ cumulativeWei, meteredWei }) => BigInt(cumulativeWei) >= BigInt(meteredWei)));
    assert.ok(status.earnings.paid.some(({ meteredWei }) => BigInt(meteredWei) >= DOWNLOAD_PACKETS * UNIT_WEI));
  });

  it("NET-20 an exit behind NAT carries a download; two nodes behind NAT have no link", async () => {
    const { intact, status, relayPeers } = await step("exit");
    assert.ok(intact);
    assert.equal(status.behindNat, true);
    const earned = BigInt(status.earnings.meteredWei);
    assert.ok(earned >= DOWNLOAD_PACKETS * UNIT_WEI, `${earned} wei metered`);
    // The entry is linked to both; they are not linked to each other, and the public exit is gone.
    assert.equal(relayPeers.length, 2);
    assert.equal(status.peers, 1);
  });
});
