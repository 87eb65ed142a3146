import { runScript } from "../runScript.ts";

/** `x0t bench gas`. */
export async function benchGas(flags: { json?: boolean }): Promise<void> {
  await runScript("bench/gas.ts", flags.json === true ? ["--json"] : []);
}
