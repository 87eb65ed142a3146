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
  "X0T_HOME_EXISTS",
  "X0T_NOT_A_STATE_DIR",
  "X0T_UNSUPPORTED_MACHINE",
  "X0T_BENCH_PROGRAM",
]);

/**
 * Prints an error on standard error: a sentence and where it is explained, or one line of JSON if JSON was asked for.
 * @returns the exit code.
 */
export function reportError(error: unknown, json = process.argv.includes("--json")): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.help") return EXIT_USAGE;
    const message = error.message.replace(/^error: /, "");
    print({ code: "X0T_USAGE", message, docs: "docs/errors.md#x0t_usage" }, `error: ${message}\nSee: x0t --help`, json);
    return EXIT_USAGE;
  }
  if (error instanceof X0tError) {
    const { code, message, docs } = error;
    print({ code, message, docs }, `error: ${message}\n  ${code} · ${docs}`, json);
    return USAGE_CODES.has(code) ? EXIT_USAGE : EXIT_FAILED;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const sentence = `error: ${text}\n  This is a fault of x0t, not of yours: please report it with this text.`;
  print({ code: "X0T_UNEXPECTED", message: text, docs: "docs/errors.md#x0t_unexpected" }, sentence, json);
  return EXIT_FAILED;
}

function print(error: { code: string; message: string; docs: string }, text: string, json: boolean): void {
  process.stderr.write(`${json ? JSON.stringify({ error }) : text}\n`);
}
