import type { Page } from "playwright-core";

/** Long enough for a busy machine: blocks come each second, the page asks every few. */
export const PATIENCE_MS = 60_000;

/** Opens a page of the dashboard by its path and waits for its heading. */
export async function open(page: Page, origin: string, path: string): Promise<void> {
  // The path stands behind "#": alone it would not load anything.
  await page.goto("about:blank");
  await page.goto(`${origin}/#${path}`);
  await page.getByRole("heading", { level: 1 }).waitFor({ timeout: PATIENCE_MS });
}

/** Connects the devnet's own wallet and fills it. */
export async function connectBurner(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("button", { name: "Burner wallet (devnet)" }).click();
  await page.getByRole("banner").getByRole("button", { name: /^0x/ }).click();
  await page.getByRole("button", { name: "Get test X0T and ETH" }).click();
  await page.getByText("They are there.").waitFor({ timeout: PATIENCE_MS });
  await page.getByRole("button", { name: "Close", exact: true }).click();
}
