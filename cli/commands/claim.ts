import type { Command } from "commander";
export function addClaim(program: Command): void {
  program.command("claim");
}
