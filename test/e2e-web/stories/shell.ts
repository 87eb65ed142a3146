import assert from "node:assert/strict";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { ROOT } from "../../e2e/devnet.ts";
import { openBrowser } from "../support/chromium.ts";
import { open, PATIENCE_MS } from "../support/actions.ts";
import { firstPageBytes } from "../support/firstPage.ts";
import type { Network } from "../support/network.ts";
import { PAGES } from "../support/pages.ts";

const FIRST_PAGE_BYTES = 220_000;
/** Two seconds on a machine that does nothing else. */
const FIRST_PAGE_MS = 8_000;

const pathOf = (path: string, scene: { lease: string; proposal: string }) => path.replace("LEASE", scene.lease).replace("PROPOSAL", scene.proposal);

/** Until nothing says any more that it is loading. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null, undefined, { timeout: PATIENCE_MS });
}

/** The page's frame: weight, policy, accessibility, keyboard, phone, and what it says when a part is gone. */
export function shellStory(network: () => Network, scene: () => { lease: string; proposal: string }): void {
  it("needs 220 kB at most for its first page, gzipped", async () => {
    const { gzipBytes, files } = await firstPageBytes(join(ROOT, "web", "dist"));
    assert.ok(gzipBytes > 50_000 && gzipBytes <= FIRST_PAGE_BYTES, `${gzipBytes} bytes: ${files.join(", ")}`);
  });

  it("shows its first page in time, from its own origin alone, within its policy", async () => {
    const { origin } = network();
    const browser = await openBrowser(origin);
    try {
      await browser.page.goto(origin);
      await browser.page.getByRole("heading", { level: 1 }).waitFor({ timeout: PATIENCE_MS });
      const ms = await browser.page.evaluate(() => performance.now());
      assert.ok(ms <= FIRST_PAGE_MS, `${ms.toFixed(0)} ms`);
      await settle(browser.page);
      assert.deepEqual(browser.problems, []);
    } finally {
      await browser.close();
    }
  });

  for (const theme of ["light", "dark"] as const) {
    it(`shows every page without a finding of axe and without a request elsewhere, ${theme}`, async function () {
      this.timeout(240_000);
      const { origin } = network();
      const browser = await openBrowser(origin, { theme });
      try {
        const findings: string[] = [];
        for (const { name, path } of PAGES) {
          await open(browser.page, origin, pathOf(path, scene()));
          await settle(browser.page);
          const { violations } = await new AxeBuilder({ page: browser.page }).analyze();
          for (const { id, nodes } of violations) findings.push(`${name}: ${id}: ${nodes.map(({ html }) => html).join(" ").slice(0, 300)}`);
        }
        assert.deepEqual(findings, []);
        assert.deepEqual(browser.problems, []);
      } finally {
        await browser.close();
      }
    });
  }

  it("fits a phone: no page is wider than its screen", async function () {
    this.timeout(120_000);
    const { origin } = network();
    const browser = await openBrowser(origin, { isPhone: true });
    try {
      const wide: string[] = [];
      for (const { name, path } of PAGES) {
        await open(browser.page, origin, pathOf(path, scene()));
        await settle(browser.page);
        const over = await browser.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) wide.push(`${name}: ${over} px`);
      }
      assert.deepEqual(wide, []);
      assert.deepEqual(browser.problems, []);
    } finally {
      await browser.close();
    }
  });

  it("is used by keyboard alone: skip link, Ctrl-K, a node by its number, an unknown page", async () => {
    const { origin } = network();
    const browser = await openBrowser(origin);
    try {
      const { page } = browser;
      await open(page, origin, "/");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
      for (const [words, url] of [["node 2", /#\/nodes\/2$/], ["vote", /#\/govern$/]] as const) {
        await page.keyboard.press("Control+k");
        await page.getByRole("dialog").getByRole("combobox").fill(words);
        await page.keyboard.press("Enter");
        await page.waitForURL(url);
      }
      await open(page, origin, "/nowhere");
      await page.getByText("There is no such page").waitFor({ timeout: PATIENCE_MS });
    } finally {
      await browser.close();
    }
  });

  it("keeps what it knew when chain and indexer do not answer, says so, and goes on when they do", async () => {
    const { origin } = network();
    const browser = await openBrowser(origin);
    try {
      const { page } = browser;
      const silent = page.getByText("The indexer does not answer", { exact: true });
      const known = page.locator('a[href$="#/nodes/0"]').first();
      await open(page, origin, "/nodes");
      await known.waitFor({ timeout: PATIENCE_MS });
      await page.route(/\/(indexer|rpc)/, (route) => route.abort());
      await silent.waitFor({ timeout: PATIENCE_MS });
      await known.waitFor();
      await page.unroute(/\/(indexer|rpc)/);
      await silent.waitFor({ state: "detached", timeout: PATIENCE_MS });
    } finally {
      await browser.close();
    }
  });
}
