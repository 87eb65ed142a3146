import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { X0tError } from "../../core/x0tError.ts";
import { runInForeground } from "../foreground.ts";
import { printJson } from "../printJson.ts";

/** `x0t node start`: the relay and its worker. */
export async function nodeStart(flags: { home: string; worker: boolean; json?: boolean }): Promise<void> {
  const home = resolve(flags.home);
  if (!existsSync(join(home, "config.json"))) {
    throw new X0tError("X0T_NO_NETWORK", `There is no node in ${home}. Make one with: ./x0t node init --home ${flags.home} --host IP --operator ADDRESS`);
  }
  const programs = [
    { name: "The node", script: "node/main.ts", args: ["--home", home] },
    { name: "The worker", script: "workers/main.ts", args: ["--home", home] },
  ];
  await runInForeground(flags.worker ? programs : programs.slice(0, 1), (said) => {
    const registered = !said.some((message) => message.registered === false);
    if (flags.json === true) printJson({ ready: true, registered, home });
    else if (registered) console.log("The node serves. Ctrl-C drains and stops it.");
    else console.log(waiting(home));
  });
}

function waiting(home: string): string {
  const request = join(home, "register.json");
  const how = existsSync(request) ? `Register it on the dashboard's page Operate with ${request}; it` : "Once it is registered and enough is at stake, it";
  return `The node waits: the registry does not list it as active. ${how} begins by itself, with the next epoch. Ctrl-C stops it.`;
}
