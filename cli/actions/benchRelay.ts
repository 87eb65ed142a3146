import { runScript } from "../runScript.ts";

export interface BenchRelayFlags {
  peers?: string;
  rounds?: string;
  megabytes?: string;
  seconds?: string;
  streams?: string;
  soak?: string;
  profile?: string;
  json?: boolean;
}

/** `x0t bench relay`: the script reads its flags itself, for it also runs without the launcher. */
export async function benchRelay({ json, ...values }: BenchRelayFlags): Promise<void> {
  const args = Object.entries(values).flatMap(([name, value]: [string, string]) => [`--${name}`, value]);
  await runScript("bench/relay.ts", json === true ? [...args, "--json"] : args);
}
