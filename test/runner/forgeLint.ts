/** node test/runner/forgeLint.ts: `forge lint` of contracts/; exits 1 on any finding without a reason at its line. */
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { foundryBinary } from "../../devnet/foundryBinary.ts";
import { ROOT } from "./spawnNode.ts";

const args = ["lint", "--offline", "--deny", "warnings", "--use", join(import.meta.dirname, "solcWrapper.mjs"), "contracts"];
const { status, error } = spawnSync(foundryBinary("forge"), args, {
  cwd: ROOT,
  // The wrapper starts by `env node`: let it be the pinned one.
  env: { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}` },
  stdio: "inherit",
});
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
