import assert from "node:assert/strict";
import type { DidDocument, ExitRule } from "../../../core/didDocument.ts";
import { ATYP, type Target } from "../../../node/circuit/frames.ts";
import { exitAccepts, exitAcceptsWeb } from "../../../node/session/exitAccepts.ts";
import { createExitPolicy } from "../../../node/session/exitPolicy.ts";

const ANY: [number, number] = [1, 65_535];
const exit = (exitPolicy: ExitRule[], roles: DidDocument["roles"] = ["relay", "exit"]) => ({ roles, exitPolicy }) as DidDocument;
const name = (port: number): Target => ({ atyp: ATYP.name, host: "example.org", port });
const v4 = (host: string, port: number): Target => ({ atyp: ATYP.ipv4, host, port });
const v6 = (host: string, port: number): Target => ({ atyp: ATYP.ipv6, host, port });

describe("node/session exitAccepts (NET-15)", () => {
  it("reads the rules in order, for literals as the exit does", () => {
    const rules: ExitRule[] = [
      { action: "reject", network: "1.1.1.0/24", ports: [80, 80] },
      { action: "accept", network: "1.1.0.0/16", ports: [80, 443] },
      { action: "accept", network: "2606:4700::/32", ports: [443, 443] },
      { action: "reject", network: "*", ports: ANY },
      { action: "accept", network: "*", ports: ANY },
    ];
    const policy = createExitPolicy({ rules, allowLoopback: false, relayAddresses: () => [] });
    const document = exit(rules);
    for (const target of [v4("1.1.1.1", 80), v4("1.1.1.1", 443), v4("1.1.2.1", 80), v4("1.1.2.1", 8080), v4("9.9.9.9", 80), v6("2606:4700:0:0:0:0:0:1111", 443), v6("2606:4700:0:0:0:0:0:1111", 80), v4("10.0.0.1", 80), v4("127.0.0.1", 80), v6("fe80:0:0:0:0:0:0:1", 443)]) {
      assert.equal(exitAccepts(document, target), policy.allows(target.host, target.port), JSON.stringify(target));
    }
  });

  it("of a name only the port can be told: refused where no address could be accepted", () => {
    const web = exit([{ action: "reject", network: "9.0.0.0/8", ports: ANY }, { action: "accept", network: "*", ports: [80, 80] }, { action: "accept", network: "8.0.0.0/8", ports: [443, 443] }]);
    assert.deepEqual([80, 443, 22].map((port) => exitAccepts(web, name(port))), [true, true, false]);
    const closed = exit([{ action: "reject", network: "*", ports: [1, 1000] }, { action: "accept", network: "*", ports: ANY }]);
    assert.deepEqual([80, 1000, 1001].map((port) => exitAccepts(closed, name(port))), [false, false, true]);
  });

  it("ports 0 and 25 and special addresses are refused whatever the rules say; the echo address is everybody's", () => {
    const open = exit([{ action: "accept", network: "*", ports: ANY }]);
    for (const target of [name(0), name(25), v4("1.1.1.1", 25), v4("10.0.0.1", 80), v4("192.0.2.1", 80), v6("2001:db8:0:0:0:0:0:1", 80)]) assert.equal(exitAccepts(open, target), false, JSON.stringify(target));
    assert.equal(exitAccepts(exit([], ["relay"]), { atyp: ATYP.echo, host: "", port: 0 }), true);
    assert.equal(exitAccepts(exit([{ action: "accept", network: "127.0.0.1/32", ports: [8080, 8080] }]), v4("127.0.0.1", 8080)), true, "a devnet's");
  });

  it("a node that is no exit accepts nothing, nor does one whose rules cannot be read", () => {
    assert.equal(exitAccepts(exit([{ action: "accept", network: "*", ports: ANY }], ["relay"]), name(80)), false);
    const broken = exit([{ action: "accept", network: "example.org", ports: ANY }]);
    assert.equal(exitAccepts(broken, name(80)), false);
    assert.equal(exitAcceptsWeb(broken), false);
  });

  it("an exit for the web accepts both its ports", () => {
    assert.equal(exitAcceptsWeb(exit([{ action: "accept", network: "*", ports: [80, 443] }])), true);
    assert.equal(exitAcceptsWeb(exit([{ action: "accept", network: "*", ports: [443, 443] }])), false);
  });
});
