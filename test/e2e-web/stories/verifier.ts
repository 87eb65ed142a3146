import assert from "node:assert/strict";
import { graphql, until } from "../../e2e/devnet.ts";
import { open } from "../support/actions.ts";
import { openBrowser } from "../support/chromium.ts";
import type { Network } from "../support/network.ts";

const CHAIN_MS = 120_000;
const CHECK_MS = 90_000;

interface Commit {
  node: number;
  epoch: number;
  slots: number;
  cid: string;
}

/** Anyone, who trusts nobody: a proof of the node's page, then the same with one byte changed. */
export function verifierStory(network: () => Network): void {
  it("verifier: checks a published proof in the browser, by its CID, and refuses the same with one byte changed", async function () {
    this.timeout(300_000);
    const { devnet, origin } = network();
    const commit = await until("a proof", CHAIN_MS, async () => {
      const { commits } = await graphql<{ commits: { items: Commit[] } }>(devnet, '{ commits(where: {slots_gt: 0}, orderBy: "epoch", orderDirection: "desc", limit: 1) { items { node epoch slots cid } } }');
      return commits.items[0];
    });
    const browser = await openBrowser(origin);
    try {
      const { page } = browser;
      await open(page, origin, `/verify?cid=${commit.cid}`);
      await page.getByText("This proof is true").waitFor({ timeout: CHECK_MS });

      const block = Buffer.from(await (await fetch(`${origin}/ipfs/${commit.cid}`)).arrayBuffer());
      // In the middle stand the receipts.
      const at = Math.floor(block.length / 2);
      block.writeUInt8(block.readUInt8(at) ^ 1, at);
      await page.getByLabel(/Or a file with the bundle/).setInputFiles({ name: "tampered.bundle", mimeType: "application/octet-stream", buffer: block });
      await page.getByText("This proof is false").waitFor({ timeout: CHECK_MS });
      assert.equal(await page.getByText("This proof is true").count(), 0);
      assert.deepEqual(browser.problems, []);
    } finally {
      await browser.close();
    }
  });
}
