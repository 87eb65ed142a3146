import assert from "node:assert/strict";
import { decodeAccountMessage, encodeAccountMessage, type AccountMessage } from "../../../node/account/accountMessage.ts";
import { createTokenIssuer, MAX_TOKENS_PER_ACCOUNT, TOKEN_LIFETIME_MS } from "../../../node/account/tokenIssuer.ts";

const ALICE = "aa".repeat(16);
const BOB = "bb".repeat(16);

describe("return tokens (NET-6 kind 2)", () => {
  it("are good once, for their account, for 24 h", () => {
    let nowMs = 0;
    const issuer = createTokenIssuer(() => nowMs);
    const [first, second] = issuer.issue(ALICE, 2) as [Uint8Array, Uint8Array];
    const [third] = issuer.issue(BOB, 1) as [Uint8Array];
    assert.equal(issuer.redeem(first), ALICE);
    assert.equal(issuer.redeem(first), undefined);
    assert.equal(issuer.redeem(new Uint8Array(16)), undefined);
    nowMs = TOKEN_LIFETIME_MS - 1;
    assert.equal(issuer.redeem(third), BOB);
    nowMs = TOKEN_LIFETIME_MS;
    assert.equal(issuer.redeem(second), undefined);
  });

  it("an account holds a bounded number, used ones make room", () => {
    const issuer = createTokenIssuer(() => 0);
    const tokens = issuer.issue(ALICE, 1_000);
    assert.equal(tokens.length, MAX_TOKENS_PER_ACCOUNT);
    assert.equal(issuer.issue(ALICE, 1).length, 0);
    assert.equal(issuer.issue(BOB, 1).length, 1);
    issuer.redeem(tokens[0]!);
    assert.equal(issuer.issue(ALICE, 5).length, 1);
  });
});

describe("account messages (docs/spec/wire-account.md)", () => {
  const nodeId = `0x${"12".repeat(32)}` as const;
  const messages: AccountMessage[] = [
    { type: "WANT", n: 16 },
    { type: "TOKENS", account: ALICE, tokens: [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)] },
    { type: "TOKENS", account: ALICE, tokens: [] },
    { type: "GET", wanted: "document", nodeIds: [nodeId, nodeId] },
    { type: "GET", wanted: "descriptor", nodeIds: [] },
    { type: "GET", wanted: "descriptor", nodeIds: [nodeId, nodeId], newerThan: [0, 1_800_000_000_000] },
    { type: "DOC", block: Uint8Array.of(1, 2) },
    { type: "DESC", block: Uint8Array.of(3) },
    { type: "END" },
    { type: "GOAWAY", code: 1, ms: 10_000 },
    { type: "PING" },
    { type: "PONG" },
    { type: "COUNT", units: 7n },
  ];

  it("come back as they were", () => {
    for (const message of messages) {
      const encoded = encodeAccountMessage(message, 9);
      assert.equal(encoded.id, 9);
      assert.deepEqual(decodeAccountMessage(encoded), message);
    }
  });

  it("of a wrong length or kind are refused", () => {
    for (const [type, bytes] of [
      [16, []],
      [16, [17]],
      [17, [1, 2, 3]],
      [32, []],
      [32, [4]],
      [32, [3, 9]],
      [32, [1, 9]],
      [48, [0, 1]],
      [60, []],
    ] as [number, number[]][]) {
      assert.throws(() => decodeAccountMessage({ type, id: 0, payload: Uint8Array.from(bytes) }), { code: "X0T_BAD_ACCOUNT_MESSAGE" });
    }
    const tooMany = encodeAccountMessage({ type: "GET", wanted: "document", nodeIds: Array.from({ length: 65 }, () => nodeId) });
    assert.throws(() => decodeAccountMessage(tooMany), { code: "X0T_BAD_ACCOUNT_MESSAGE" });
  });
});
