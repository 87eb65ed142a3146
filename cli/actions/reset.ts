import { resolveStateDir } from "../../devnet/paths.ts";
import { resetDevnet } from "../../devnet/reset.ts";
import { printJson } from "../printJson.ts";

/** `x0t reset`: removes the state folder. */
export async function reset(flags: { stateDir?: string; json?: boolean }): Promise<void> {
  const stateDir = resolveStateDir(flags.stateDir);
  const removed = await resetDevnet(stateDir);
  if (flags.json === true) printJson({ stateDir, removed });
  else console.log(removed ? `Wiped ${stateDir}.` : `There is nothing in ${stateDir}.`);
}
