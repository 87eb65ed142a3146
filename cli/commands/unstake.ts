import type { Command } from "commander";
export function addUnstake(program: Command): void {
  program.command("unstake");
}
