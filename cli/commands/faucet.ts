import type { Command } from "commander";
export function addFaucet(program: Command): void {
  program.command("faucet");
}
