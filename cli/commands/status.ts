import type { Command } from "commander";
export function addStatus(program: Command): void {
  program.command("status");
}
