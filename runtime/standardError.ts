import { writeSync } from "node:fs";

const STANDARD_ERROR = 2;
const ATTEMPTS = 20;
const PAUSE_MS = 5;

/**
 * Writes to standard error, waiting at most 100 ms for a slow reader and dropping what nobody reads any more. pino's own
 * synchronous destination tries a broken pipe for ever: a process whose launcher was killed would never end.
 */
export function writeStandardError(text: string): void {
  let rest = Buffer.from(text);
  for (let attempt = 0; attempt < ATTEMPTS && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(STANDARD_ERROR, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
