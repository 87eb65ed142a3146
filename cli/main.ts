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
  process.exitCode = reportError(error);
}
