import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What somebody would try against the protocol. Each is the beginning of a test's name in this folder. */
const ATTACKS = [
  "burn/fee accounting in every vault",
  "reentrancy, cross-function",
  "reentrancy, read-only",
  "reentrancy by a hostile payee",
  "reentrancy by a hostile multi-signature",
  "signature replay across chain",
  "signature replay across contract",
  "signature replay across epoch",
  "signature replay across slot",
  "signature replay across channel",
  "s-malleability",
  "zero-address recovery",
  "double claim",
  "double redeem",
  "rounding always against the caller",
  "flash stake",
  "flash vote",
  "√-splitting over 100 wallets",
  "the whale's mirror image",
  "first staker takes the treasury",
  "late quorum",
  "timelock bypass",
  "proposal front-run-and-cancel",
  "guardian vetoing its own removal",
  "dust griefing of listings",
  "dust griefing of channels",
  "dust griefing of challenges",
  "parallel and repeated challenges of one commit",
  "signatures collected after the challenge",
  "burn bypass by third-party deposit",
  "burn bypass by wash lease",
  "unbounded loops",
  "stuck funds with a reverting payee",
  "forced ETH",
  "permit front-run",
  "witness key rotation around an epoch edge",
  "unbonding before a slash",
  "seed manipulation by the first transaction",
  "commit at the deadline's edges",
  "challenge at the window's edges",
  "claiming before final",
  "lease on a node that unstakes",
  "lease settled twice",
  "lease settled out of order",
  "maintenance abuse",
  "registry index exhaustion",
];

describe("attacks", () => {
  it("each on the list has a test of its name", () => {
    const folder = import.meta.dirname;
    const tests = readdirSync(folder).filter((file) => file.endsWith(".test.ts") && file !== "index.test.ts");
    const text = tests.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
    assert.deepEqual(ATTACKS.filter((name) => !text.includes(`("${name}`) && !text.includes(`["${name}`)), []);
  });
});
