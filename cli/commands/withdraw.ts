import type { Command } from "commander";
export function addWithdraw(program: Command): void {
  program.command("withdraw");
}
