/**
 * Our network and what people would use instead, each relay its own process on loopback, in the same run: download with its
 * CPU, time to first byte, requests a second; for ours also circuits, keys and memory.
 *
 *     node bench/relay.ts [--peers tor,tor-tuned,ssh,v2ray,dante,pipe] [--rounds N] [--megabytes N] [--seconds N] [--json]
 *     node bench/relay.ts --soak MINUTES [--json]
 *
 * Progress on standard error; the last line of standard output is JSON with --json. --profile DIR leaves CPU profiles of ours.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createProgress } from "../cli/progress.ts";
import { reportError } from "../cli/reportError.ts";
import { X0tError } from "../core/x0tError.ts";
import { compare } from "./relay/compare.ts";
import { rounded } from "./relay/figures.ts";
import { parseFlags } from "./relay/flags.ts";
import { compileLoad, startLoad } from "./relay/load.ts";
import { startOurs } from "./relay/ours/startOurs.ts";
import { choosePeers } from "./relay/programs.ts";
import { describeFigures } from "./relay/report.ts";
import { describeSoak, soak } from "./relay/soak.ts";
import { createWorkshop } from "./relay/workshop.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

async function main(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args);
  if (flags.profileDir !== undefined) flags.profileDir = resolve(flags.profileDir);
  const { peers, leftOut } = flags.soakMinutes === undefined ? choosePeers(flags.peers) : { peers: [], leftOut: [] };
  const progress = createProgress(process.stderr);
  for (const sentence of leftOut) progress.note(sentence);

  const tools = mkdtempSync(join(tmpdir(), "x0t-bench-load-"));
  const program = await compileLoad(tools);
  const workshop = createWorkshop(() => [program, "tied"]);
  const close = async () => {
    progress.close();
    await workshop.close();
    rmSync(tools, { recursive: true, force: true });
  };
  for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => void close().finally(() => process.exit(code)));
  try {
    const load = await startLoad(workshop, program);
    if (flags.soakMinutes !== undefined) {
      const figures = await soak(await startOurs(workshop, flags.profileDir), load, flags.soakMinutes, progress);
      console.log(flags.json ? JSON.stringify({ soak: rounded(figures) }) : describeSoak(figures));
      if (!figures.flat) throw new X0tError("X0T_BENCH_FAILED", "The relays' memory grows under load.");
      return;
    }
    const { figures, ratios } = await compare({ flags, peers, workshop, load, progress });
    console.log(flags.json ? JSON.stringify(rounded({ figures, ratios })) : describeFigures(figures, ratios));
  } finally {
    await close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportError(error);
}
