import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { checkPorts, claimsOf, nodeHost, portsFrom } from "../../devnet/ports.ts";
import { mergeSettings } from "../../devnet/settings.ts";

describe("ports of a devnet", () => {
  it("are the documented ones by default", () => {
    const { rpc, graphql, socks } = portsFrom(undefined);
    assert.deepEqual([rpc, graphql, socks], [8545, 42069, 10809]);
  });

  it("never meet each other, whatever the base", () => {
    for (const base of [undefined, 20_000]) {
      const claims = claimsOf(portsFrom(base), 12).map(({ host, port }) => `${host}:${port}`);
      assert.equal(new Set(claims).size, claims.length);
    }
  });

  it("refuse a base that leaves no room", () => {
    for (const base of [0, 80, 65_530, 1.5]) assert.throws(() => portsFrom(base), { code: "X0T_USAGE" });
  });

  it("put each node into its own /16", () => {
    assert.deepEqual([0, 11].map(nodeHost), ["127.1.0.1", "127.12.0.1"]);
  });

  it("name what is taken and the way out", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await assert.rejects(checkPorts([{ host: "127.0.0.1", port, use: "the chain" }]), {
        code: "X0T_PORT_TAKEN",
        message: new RegExp(`127\\.0\\.0\\.1:${port} \\(the chain\\) is taken.*--port-base`),
      });
    } finally {
      server.close();
    }
    await checkPorts([{ host: "127.0.0.1", port, use: "the chain" }]);
  });
});

describe("settings of a devnet", () => {
  const made = { nodes: 6, epochSeconds: 60, portBase: null };

  it("are kept by a resumed network", () => {
    assert.deepEqual(mergeSettings({}, { ...made, nodes: 4 }), { ...made, nodes: 4 });
    assert.deepEqual(mergeSettings({ nodes: 6 }, made), made);
    assert.throws(() => mergeSettings({ nodes: 4 }, made), { code: "X0T_OTHER_SETTINGS", message: /--nodes 6 --epoch 60s.*reset/ });
  });

  it("are checked", () => {
    assert.throws(() => mergeSettings({ nodes: 2 }, undefined), { code: "X0T_USAGE" });
    assert.throws(() => mergeSettings({ nodes: 13 }, undefined), { code: "X0T_USAGE" });
    assert.throws(() => mergeSettings({ epochSeconds: 50 }, undefined), { code: "X0T_BAD_EPOCH" });
  });
});
