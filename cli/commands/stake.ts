import type { Command } from "commander";
export function addStake(program: Command): void {
  program.command("stake");
}
