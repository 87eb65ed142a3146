import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "viem";
import { readContract } from "viem/actions";
import { createReader } from "../../../chain/createReader.ts";
import { epochRewardsAbi } from "../../../core/abi/EpochRewards.ts";
import { X0T } from "../../../core/parameters.ts";
import { open, PATIENCE_MS } from "../support/actions.ts";
import { openBrowser, type Browser } from "../support/chromium.ts";
import { injectWallet } from "../support/injectedWallet.ts";
import type { Network } from "../support/network.ts";
import { x0t } from "../support/scene.ts";
import { connectWallet } from "../support/wallet.ts";

/** Of the devnet's: each has 1,000 X0T at stake. */
const VOTER = 3;
const OTHERS = [4, 5];
const TITLE = "A pool of 9,000 X0T";
const POOL_WEI = 9_000n * X0T;
const NEWEST_EPOCH = 2n ** 40n;
/** Delay, period and extension of a devnet's vote, and a slow machine. */
const VOTE_MS = 260_000;
const DELAY_MS = 120_000;

/** The operator of a node proposes, votes, queues and executes; two others vote too. */
export function voterStory(network: () => Network) {
  let browser: Browser;
  let url: string;

  return {
    begin(): void {
      it("voter: proposes a parameter's change, which is tried and described before it is sent", async () => {
        const { origin, stateDir, devnet } = network();
        browser = await openBrowser(origin);
        const { page } = browser;
        const privateKey = (await readFile(join(stateDir, "keys", `operator-${VOTER}.key`), "utf8")).trim() as Hex;
        await injectWallet(page, { privateKey, rpcUrl: devnet.rpcUrl, chainId: devnet.chainId });
        await open(page, origin, "/govern");
        await connectWallet(page);
        await page.getByRole("button", { name: /^Propose/ }).click({ timeout: PATIENCE_MS });
        await page.getByLabel("Title", { exact: true }).fill(TITLE);
        await page.getByLabel(/^Parameter/).selectOption("poolPerEpoch");
        await page.getByLabel(/^New value/).fill("9000");
        await page.getByRole("region", { name: "What would be proposed" }).waitFor({ timeout: PATIENCE_MS });
        await page.getByRole("button", { name: "Propose it" }).click({ timeout: PATIENCE_MS });
        await page.getByText("It is proposed").waitFor({ timeout: PATIENCE_MS });
        await page.getByRole("link", { name: "See the proposal" }).click();
        await page.waitForURL(/#\/govern\/\w+/);
        url = page.url();
        await page.getByRole("heading", { level: 1, name: TITLE }).waitFor({ timeout: PATIENCE_MS });
      });

      it("voter: votes for it with the weight that was told, once", async () => {
        const { stateDir } = network();
        const { page } = browser;
        await page.getByRole("radio", { name: "for", exact: true }).check({ timeout: PATIENCE_MS });
        await page.getByRole("button", { name: "Vote for" }).click({ timeout: PATIENCE_MS });
        await page.getByText("You have voted. A vote is final.").waitFor({ timeout: PATIENCE_MS });
        const id = new URL(url).hash.split("/").at(-1)?.split("?")[0] ?? "";
        for (const node of OTHERS) await x0t(stateDir, "gov", "vote", id, "for", "--node", String(node));
        await page.getByRole("region", { name: "Votes" }).getByText("3", { exact: true }).waitFor({ timeout: PATIENCE_MS });
      });
    },

    end(): void {
      it("voter: queues what won, and executes it when the timelock allows", async function () {
        this.timeout(VOTE_MS + DELAY_MS + 2 * PATIENCE_MS);
        const { devnet } = network();
        const { page } = browser;
        await page.getByRole("button", { name: "Queue it" }).click({ timeout: VOTE_MS });
        await page.getByRole("button", { name: "Execute it" }).click({ timeout: DELAY_MS });
        await page.getByText(/Nothing: it is done/).waitFor({ timeout: PATIENCE_MS });
        const client = createReader({ chainId: devnet.chainId, rpcUrls: [devnet.rpcUrl] });
        const pool = await readContract(client, { address: devnet.contracts.EpochRewards, abi: epochRewardsAbi, functionName: "poolPerEpochAt", args: [NEWEST_EPOCH] });
        assert.equal(pool, POOL_WEI);
        assert.deepEqual(browser.problems, []);
      });
    },

    async close(): Promise<void> {
      await browser?.close();
    },
  };
}
