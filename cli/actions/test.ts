import { runScript } from "../runScript.ts";

/** `x0t test`. */
export async function test(groups: readonly string[], flags: { all?: boolean }): Promise<void> {
  await runScript("test/run.ts", flags.all === true ? ["--all", ...groups] : groups);
}
