import assert from "node:assert/strict";
import { join } from "node:path";
import { createReader } from "../../../chain/createReader.ts";
import { readBalance } from "../../../chain/readBalance.ts";
import { X0T } from "../../../core/parameters.ts";
import type { DevnetFile } from "../../../devnet/devnetFile.ts";
import { readFileJson, until } from "../../e2e/devnet.ts";
import { open, PATIENCE_MS } from "../support/actions.ts";
import { openBrowser, type Browser } from "../support/chromium.ts";
import type { InjectedWallet } from "../support/injectedWallet.ts";
import type { Network } from "../support/network.ts";
import { connectWallet, walletFor } from "../support/wallet.ts";

const NODE = 1;
const EPOCHS = 4;
/** What node 1 is offered at for an epoch: 3.5 X0T. */
const ESCROW_WEI = 14n * X0T;
const REFUND_MS = 240_000;

/** Rents a node that then stands still, and gets everything back without asking anyone. */
export function tenantStory(network: () => Network) {
  let browser: Browser;
  let wallet: InjectedWallet;
  let lease: string;
  let beforeWei: bigint;
  let stopped: number | undefined;

  const balance = async () => {
    const { rpcUrl, chainId, contracts } = network().devnet;
    return (await readBalance(createReader({ chainId, rpcUrls: [rpcUrl] }), { token: contracts.X0TToken, account: wallet.address })).x0tWei;
  };
  const goOn = () => {
    if (stopped !== undefined) process.kill(stopped, "SIGCONT");
    stopped = undefined;
  };

  return {
    begin(): void {
      it("tenant: is told of the wrong network and switches; a rejected signature sends nothing", async () => {
        const { origin } = network();
        browser = await openBrowser(origin);
        const { page } = browser;
        wallet = await walletFor(network(), page, { startChainId: 1, knowsChain: false });
        beforeWei = await balance();
        await open(page, origin, "/market");
        await connectWallet(page);
        await page.getByRole("button", { name: "Wrong network" }).waitFor({ timeout: PATIENCE_MS });
        await page.getByRole("button", { name: `Rent node ${NODE}` }).click({ timeout: PATIENCE_MS });
        await page.getByText(/Switch the wallet to/).first().waitFor({ timeout: PATIENCE_MS });
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Switch to/ }).first().click();
        await page.getByRole("banner").getByRole("button", { name: /^0x/ }).waitFor({ timeout: PATIENCE_MS });
        await page.getByRole("button", { name: `Rent node ${NODE}` }).click();
        await page.getByRole("spinbutton").fill(String(EPOCHS));
        wallet.rejectNext();
        await page.getByRole("button", { name: "Rent for 14 X0T" }).click({ timeout: PATIENCE_MS });
        await page.getByText("You rejected it in the wallet. Nothing was sent and nothing was spent.").waitFor({ timeout: PATIENCE_MS });
        assert.equal(await balance(), beforeWei);
        await page.getByRole("button", { name: "Try again" }).click();
      });

      it("tenant: rents with one signature and one transaction; 14 X0T go into escrow", async () => {
        const { page } = browser;
        const asked = wallet.asked.length;
        await page.getByRole("button", { name: "Rent for 14 X0T" }).click({ timeout: PATIENCE_MS });
        const yours = page.getByText(/^Lease \d+ is yours$/);
        await yours.waitFor({ timeout: PATIENCE_MS });
        lease = (await yours.textContent())?.match(/\d+/)?.[0] ?? "";
        const signed = wallet.asked.slice(asked).filter((method) => /sign|sendTransaction/.test(method));
        assert.deepEqual(signed, ["eth_signTypedData_v4", "eth_sendTransaction"]);
        assert.equal(await balance(), beforeWei - ESCROW_WEI);
        // It is up, but does nothing any more.
        const { nodes } = await readFileJson<DevnetFile>(join(network().stateDir, "devnet.json"));
        const pid = nodes[NODE]?.pid;
        assert.ok(typeof pid === "number");
        process.kill(pid, "SIGSTOP");
        stopped = pid;
      });
    },

    end(): void {
      it("tenant: gets everything back, to the wei, and sees why", async function () {
        this.timeout(REFUND_MS + 2 * PATIENCE_MS);
        const { origin } = network();
        const { page } = browser;
        await open(page, origin, `/leases/${lease}`);
        await until("the refund", REFUND_MS, async () => (await balance()) === beforeWei || undefined);
        goOn();
        await page.getByRole("listitem").filter({ hasText: /14\sX0T refunded, 4 epochs/ }).waitFor({ timeout: PATIENCE_MS });
        assert.deepEqual(browser.problems, []);
      });
    },

    async close(): Promise<void> {
      goOn();
      await browser?.close();
    },
  };
}
