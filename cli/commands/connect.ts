import type { Command } from "commander";
export function addConnect(program: Command): void {
  program.command("connect");
}
