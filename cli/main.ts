import { createProgram } from "./program.ts";
import { reportError } from "./reportError.ts";

// A reader that leaves early (`x0t status | head -1`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(await translate(error));
}

/** What viem throws when the chain does not answer is no fault of x0t. Loaded only now: `--help` needs no viem. */
async function translate(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || error.name === "CommanderError" || error.name === "X0tError") return error;
  const { translateRpc } = await import("../runtime/rpcRetry.ts");
  return translateRpc(error);
}
