import { writeSync } from "node:fs";

const STANDARD_ERROR = 2;
const ATTEMPTS = 20;
const PAUSE_MS = 5;

/**
 * Writes to standard error, waiting at most 100 ms for a slow reader and dropping what nobody reads any more. pino's own
 * destination tries a broken pipe for ever, so that a process whose launcher was killed would never end.
 */
export function writeStandardError(text: string | Uint8Array): void {
  let rest = typeof text === "string" ? Buffer.from(text) : text;
  for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(STANDARD_ERROR, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

/** Sends what libraries write to standard output, Ponder's log above all, to standard error. */
export function redirectStandardOutput(): void {
  process.stdout.write = (text: string | Uint8Array, ...rest: unknown[]) => {
    writeStandardError(text);
    const done = rest.find((argument) => typeof argument === "function");
    if (done !== undefined) queueMicrotask(done as () => void);
    return true;
  };
}
