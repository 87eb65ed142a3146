import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { X0tError } from "../../core/x0tError.ts";
import { PROJECT_ROOT } from "../paths.ts";

export const DIST = join(PROJECT_ROOT, "web", "dist");

/** Builds the dashboard into web/dist unless it is there, made of the same sources. @throws X0T_NO_DASHBOARD */
export async function buildDashboard(signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [join(PROJECT_ROOT, "web", "build.ts")], { cwd: PROJECT_ROOT, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const said = (cause as { stderr?: string }).stderr?.trim() ?? (cause as Error).message;
    throw new X0tError("X0T_NO_DASHBOARD", `The dashboard could not be built: ${said}`, { cause });
  }
}
