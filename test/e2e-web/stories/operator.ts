import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBalance } from "../../../chain/readBalance.ts";
import { createReader } from "../../../chain/createReader.ts";
import { graphql, ROOT, until } from "../../e2e/devnet.ts";
import { open, PATIENCE_MS } from "../support/actions.ts";
import { openBrowser, type Browser } from "../support/chromium.ts";
import type { InjectedWallet } from "../support/injectedWallet.ts";
import { EPOCH_SECONDS, type Network } from "../support/network.ts";
import { x0t } from "../support/scene.ts";
import { connectWallet, walletFor } from "../support/wallet.ts";

/** Of the devnet's own: 0 to 5. */
const INDEX = 6;
const HOST = "127.7.0.1";
const CHAIN_MS = 120_000;

/** From nothing to a claimed reward, the operator's key in a wallet, the node's on its machine. */
export function operatorStory(network: () => Network) {
  let browser: Browser;
  let wallet: InjectedWallet;
  let home: string;
  let node: ChildProcess | undefined;

  const stopNode = async () => {
    if (node === undefined || node.exitCode !== null) return;
    node.kill("SIGINT");
    await once(node, "exit");
  };

  return {
    begin(): void {
      it("operator: registers a node by the request that its machine wrote, with an exact approval", async () => {
        const { origin, stateDir, portBase } = network();
        home = await mkdtemp(join(tmpdir(), "x0t-node-"));
        browser = await openBrowser(origin);
        wallet = await walletFor(network(), browser.page);
        const { page } = browser;
        await open(page, origin, "/operate");
        await connectWallet(page);
        await page.getByText("operates no node yet").waitFor({ timeout: PATIENCE_MS });
        const ports = ["--relay-port", String(portBase + 6), "--control-port", String(portBase + 7), "--api-port", String(portBase + 10 + INDEX)];
        await x0t(stateDir, "node", "init", "--home", home, "--host", HOST, "--operator", wallet.address, "--region", "na-toronto", ...ports);
        const request = await readFile(join(home, "register.json"), "utf8");
        const field = page.getByLabel("The node's register.json");
        await field.fill(request.replace(/"chainId":\s*\d+/, '"chainId": 1'));
        await page.getByText("This request cannot be used").waitFor({ timeout: PATIENCE_MS });
        await field.fill(request);
        await page.getByText("The request is whole and yours").waitFor({ timeout: PATIENCE_MS });
        await page.getByText("Approve exactly 100 X0T").waitFor({ timeout: PATIENCE_MS });
        await page.getByRole("button", { name: "Stake and register" }).click();
        await page.getByText(`It is node ${INDEX}`).waitFor({ timeout: PATIENCE_MS });
        await page.getByRole("button", { name: /faucet|test X0T/i }).first().click();
      });

      it("operator: starts it, adds stake, and sees it in the list", async () => {
        const { stateDir } = network();
        const { page } = browser;
        node = spawn(join(ROOT, "x0t"), ["node", "start", "--home", home], { env: { ...process.env, X0T_SKIP_INSTALL: "1" }, stdio: "ignore" });
        await page.getByRole("tab", { name: "Stake more" }).click({ timeout: PATIENCE_MS });
        await page.getByLabel("X0T to add").fill("50.5");
        await page.getByRole("button", { name: "Stake 50.5 X0T" }).click({ timeout: PATIENCE_MS });
        await page.getByText(/^Mined in block/).last().waitFor({ timeout: PATIENCE_MS });
        await until("the stake is indexed", PATIENCE_MS, async () => {
          const { node: row } = await graphql<{ node: { stake: string } }>(network().devnet, `{ node(index: ${INDEX}) { stake } }`);
          return row.stake === "150500000000000000000" || undefined;
        });
        await page.getByRole("region", { name: "Your nodes" }).getByText(/150\.5/).waitFor({ timeout: PATIENCE_MS });
        assert.ok(stateDir.length > 0);
      });
    },

    end(): void {
      it("operator: sees its uptime, and claims what is final, to the wei", async function () {
        this.timeout(300_000);
        const { devnet, origin } = network();
        const { page } = browser;
        const epoch = await until("a proved epoch", CHAIN_MS, async () => {
          const { commits } = await graphql<{ commits: { items: { epoch: number; slots: number }[] } }>(devnet, `{ commits(where: {node: ${INDEX}}, orderBy: "epoch", orderDirection: "desc", limit: 1) { items { epoch slots } } }`);
          return commits.items.find(({ slots }) => slots > 0)?.epoch;
        });
        // Its worker would claim by itself.
        await stopNode();
        await open(page, origin, `/nodes/${INDEX}`);
        await page.getByText(String(epoch).replace(/\B(?=(\d{3})+$)/g, ",")).or(page.getByText(String(epoch))).first().waitFor({ timeout: PATIENCE_MS });
        await open(page, origin, `/operate?do=claim`);
        const claim = page.getByRole("button", { name: "Claim all" });
        await claim.waitFor({ timeout: CHAIN_MS + 4 * EPOCH_SECONDS * 1_000 });
        const client = createReader({ chainId: devnet.chainId, rpcUrls: [devnet.rpcUrl] });
        const balance = async () => (await readBalance(client, { token: devnet.contracts.X0TToken, account: wallet.address })).x0tWei;
        const before = await balance();
        const told = await page.getByText(/^Pays .* X0T to /).first().textContent();
        const netWei = told?.match(/^Pays ([\d,.]+) X0T/)?.[1]?.replaceAll(",", "") ?? "";
        await claim.click({ timeout: PATIENCE_MS });
        await page.getByText(/^Mined in block/).waitFor({ timeout: PATIENCE_MS });
        const [whole = "", fraction = ""] = netWei.split(".");
        assert.equal((await balance()) - before, BigInt(whole + fraction.padEnd(18, "0")));
        assert.deepEqual(browser.problems, []);
      });
    },

    async close(): Promise<void> {
      await browser?.close();
      await stopNode();
      if (home !== undefined) await rm(home, { recursive: true, force: true });
    },
  };
}
