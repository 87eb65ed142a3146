import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { X0tError } from "../../core/x0tError.ts";
import { runInForeground } from "../foreground.ts";
import { printJson } from "../printJson.ts";

/** `x0t node start`: the relay and its worker. */
export async function nodeStart(flags: { home: string; worker: boolean; json?: boolean }): Promise<void> {
  const home = resolve(flags.home);
  if (!existsSync(join(home, "config.json"))) {
    throw new X0tError("X0T_NO_NETWORK", `There is no node in ${home}. Make one with: ./x0t node init --home ${flags.home} --host IP --key-file FILE`);
  }
  const programs = [
    { name: "The node", script: "node/main.ts", args: ["--home", home] },
    { name: "The worker", script: "workers/main.ts", args: ["--home", home] },
  ];
  await runInForeground(flags.worker ? programs : programs.slice(0, 1), () => {
    if (flags.json === true) printJson({ ready: true, home });
    else console.log("The node serves. Ctrl-C drains and stops it.");
  });
}
