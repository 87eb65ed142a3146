import { pino, type Logger } from "pino";
import { logError } from "./logError.ts";
import { writeStandardError } from "./standardError.ts";

export type { Logger };

/**
 * JSON lines to standard error, so that standard output stays free for answers.
 * Levels: error = a person is needed, warn = degraded, info = lifecycle, debug = per request.
 * Never a payload, a destination, or a client address.
 */
export function createLogger(name: string, level = process.env.X0T_LOG_LEVEL ?? "info"): Logger {
  return pino(
    { name, level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: logError } },
    { write: writeStandardError },
  );
}
