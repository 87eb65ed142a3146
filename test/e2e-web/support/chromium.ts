import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";

/** Debian's. */
export const CHROMIUM = process.env.X0T_CHROMIUM ?? "/usr/bin/chromium";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };

export interface Browser {
  context: BrowserContext;
  page: Page;
  /** What went wrong in the page so far: errors, refusals of the CSP, requests to other origins. */
  problems: string[];
  close(): Promise<void>;
}

/**
 * A Chromium with a profile of its own that is removed at the end.
 * @param origin the dashboard's: a request anywhere else is a problem
 */
export async function openBrowser(origin: string, options: { isPhone?: boolean; theme?: "light" | "dark" } = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "x0t-chromium-"));
  const settings: BrowserContextOptions = { viewport: options.isPhone === true ? PHONE : DESKTOP, colorScheme: options.theme ?? "light", hasTouch: options.isPhone === true };
  const context = await chromium.launchPersistentContext(profile, { ...settings, executablePath: CHROMIUM, args: FLAGS });
  const page = context.pages()[0] ?? (await context.newPage());
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`${error.name}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught|Minified React/.test(message.text())) problems.push(message.text());
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== origin) problems.push(`a request to ${url.origin}`);
  });
  return {
    context,
    page,
    problems,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
