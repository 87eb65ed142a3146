import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { X0tError } from "../core/x0tError.ts";

/**
 * A native program of Foundry: the one that npm installed on Linux x64, else that on the PATH. npm's wrapper script would
 * be one process more, whose death leaves anvil behind. @throws X0T_UNSUPPORTED_MACHINE
 */
export function foundryBinary(name: "anvil" | "forge"): string {
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(`@foundry-rs/${name}-linux-amd64/bin/${name}`);
  } catch (cause) {
    const found = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)).find(isExecutable);
    if (found !== undefined) return found;
    throw new X0tError(
      "X0T_UNSUPPORTED_MACHINE",
      `npm has no ${name} for ${process.platform}-${process.arch} in this release. Install Foundry, so that ${name} is on the PATH: https://getfoundry.sh`,
      { cause },
    );
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
