import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { addBench } from "./commands/bench.ts";
import { addCheck } from "./commands/check.ts";
import { addClaim } from "./commands/claim.ts";
import { addConnect } from "./commands/connect.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addExport } from "./commands/export.ts";
import { addFaucet } from "./commands/faucet.ts";
import { addGov } from "./commands/gov.ts";
import { addMarket } from "./commands/market.ts";
import { addNode } from "./commands/node.ts";
import { addProof } from "./commands/proof.ts";
import { addReset } from "./commands/reset.ts";
import { addSnapshot } from "./commands/snapshot.ts";
import { addStake } from "./commands/stake.ts";
import { addStatus } from "./commands/status.ts";
import { addTest } from "./commands/test.ts";
import { addUnstake } from "./commands/unstake.ts";
import { addUp } from "./commands/up.ts";
import { addWeb } from "./commands/web.ts";
import { addWithdraw } from "./commands/withdraw.ts";

/** The commands and their options; what they do is loaded when they run, so that `--help` is instant. */
export function createProgram(): Command {
  const program = new Command("x0t")
    .description("x0tta6bl4: a post-quantum relay mesh that pays its operators")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print a command's help")
    .showHelpAfterError(false)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .addHelpText(
      "after",
      `
Examples:
  $ ./x0t up                              a whole network on this machine
  $ ./x0t status                          its nodes, uptime and earnings
  $ curl -x socks5h://127.0.0.1:10809 http://127.0.0.1:10880/1k.txt

Exit codes: 0 done · 1 failed, or the verdict is false · 2 wrong usage or configuration
Errors are explained in docs/errors.md.`,
    );
  for (const add of [
    addUp,
    addReset,
    addTest,
    addBench,
    addStatus,
    addNode,
    addStake,
    addUnstake,
    addWithdraw,
    addClaim,
    addConnect,
    addProof,
    addMarket,
    addGov,
    addSnapshot,
    addExport,
    addWeb,
    addCheck,
    addFaucet,
    addDeploy,
  ]) {
    add(program);
  }
  overrideExits(program);
  return program;
}

/** Usage errors are thrown, for one place that prints them and sets the exit code. */
function overrideExits(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const child of command.commands) overrideExits(child);
}

function version(): string {
  const file = join(import.meta.dirname, "..", "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
