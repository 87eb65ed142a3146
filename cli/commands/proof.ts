import type { Command } from "commander";
export function addProof(program: Command): void {
  program.command("proof");
}
