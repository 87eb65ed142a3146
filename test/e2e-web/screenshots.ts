import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePortBase, ROOT, up } from "../e2e/devnet.ts";
import { openBrowser } from "./support/chromium.ts";
import { PAGES } from "./support/pages.ts";
import { setScene } from "./support/scene.ts";

const HELP = `node test/e2e-web/screenshots.ts [--out docs/images] [--state-dir DIR --dashboard URL]
Shows every page of the dashboard in both themes: of a devnet that it starts, with offers, a lease and a proposal, or of
one that runs already.
`;
const EPOCH_SECONDS = 24;
/** Until there are final epochs, rewards and a lease with paid epochs to see. */
const EPOCHS_TO_WAIT = 6;
const SETTLE_MS = 4_000;
const WIDTH = 1_280;
/** A picture of the whole of a long page would show nothing of it. */
const MOST_HEIGHT = 1_800;

const { values } = parseArgs({
  options: { out: { type: "string", default: join(ROOT, "docs", "images") }, "state-dir": { type: "string" }, dashboard: { type: "string" }, help: { type: "boolean" } },
});
const say = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  if (values.help === true) return void process.stdout.write(HELP);
  await mkdir(values.out, { recursive: true });
  const { "state-dir": stateDir, dashboard } = values;
  if (stateDir !== undefined && dashboard !== undefined) return shootAll(dashboard, await setScene(resolve(stateDir)));
  const made = await mkdtemp(join(tmpdir(), "x0t-images-"));
  say("starting a network …");
  const launcher = await up(["--state-dir", made, "--epoch", `${EPOCH_SECONDS}s`, "--port-base", String(await freePortBase(6))]);
  try {
    const scene = await setScene(made);
    say(`waiting ${EPOCHS_TO_WAIT} epochs for something to see …`);
    await delay(EPOCHS_TO_WAIT * EPOCH_SECONDS * 1_000);
    await shootAll(launcher.ready.dashboardUrl, scene);
  } finally {
    launcher.process.kill("SIGINT");
    await launcher.exited;
    await rm(made, { recursive: true, force: true });
  }
}

async function shootAll(origin: string, scene: { lease: string; proposal: string }): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    const browser = await openBrowser(origin, { theme });
    await browser.page.addInitScript(() => {
      localStorage.setItem("x0t.burner.connected", "true");
      localStorage.setItem("wagmi.recentConnectorId", '"burner"');
    });
    for (const { name, path } of PAGES) {
      await browser.page.goto(`${origin}/#${path.replace("LEASE", scene.lease).replace("PROPOSAL", scene.proposal)}`);
      await browser.page.waitForTimeout(SETTLE_MS);
      const height = await browser.page.evaluate(() => document.documentElement.scrollHeight);
      const clip = { x: 0, y: 0, width: WIDTH, height: Math.min(height, MOST_HEIGHT) };
      await browser.page.screenshot({ path: join(values.out, `${name}-${theme}.png`), fullPage: true, clip });
      say(`${name}, ${theme}`);
    }
    for (const problem of browser.problems) say(`  problem: ${problem}`);
    await browser.close();
  }
}

await main();
