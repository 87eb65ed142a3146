import type { Command } from "commander";
export function addReset(program: Command): void {
  program.command("reset");
}
