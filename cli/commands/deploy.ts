import type { Command } from "commander";
export function addDeploy(program: Command): void {
  program.command("deploy");
}
