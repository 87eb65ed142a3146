import { CommanderError } from "commander";
import { X0tError } from "../core/x0tError.ts";

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Codes that say: call it differently, or correct a file; the others say that something failed. */
const USAGE_CODES = new Set([
  "X0T_USAGE",
  "X0T_CONFIG",
  "X0T_BAD_EPOCH",
  "X0T_BAD_CID",
  "X0T_PORT_TAKEN",
  "X0T_ALREADY_RUNNING",
  "X0T_OTHER_SETTINGS",
  "X0T_KEY_FILE",
  "X0T_PASSPHRASE_FILE",
  "X0T_NO_NETWORK",
]);

/** Prints an error as a sentence and where it is explained, on standard error. @returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== "commander.help") {
      process.stderr.write(`${error.message}\nSee: x0t --help\n`);
    }
    return EXIT_USAGE;
  }
  if (error instanceof X0tError) {
    process.stderr.write(`error: ${error.message}\n  ${error.code} · ${error.docs}\n`);
    return USAGE_CODES.has(error.code) ? EXIT_USAGE : EXIT_FAILED;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error: ${text}\n  This is a fault of x0t, not of yours: please report it with this text.\n`);
  return EXIT_FAILED;
}
