import { runScript } from "../runScript.ts";

/** Options as commander names them, for a script that reads its own: `halfOpen: "5"` becomes `--half-open 5`. */
export async function benchScript(script: string, positionals: readonly string[], flags: Readonly<Record<string, string | boolean>>): Promise<void> {
  const options = Object.entries(flags).flatMap(([name, value]) => {
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [option] : [option, String(value)];
  });
  await runScript(script, [...positionals, ...options]);
}
