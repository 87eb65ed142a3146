import { spawn } from "node:child_process";
import { resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a launcher script to its end. */
export async function runX0t(
  args: readonly string[],
  options: { script?: string; cwd?: string; env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Answer> {
  const child = spawn(options.script ?? `${ROOT}/x0t`, [...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, X0T_SKIP_INSTALL: "1", NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 15_000,
  });
  const answer: Answer = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (answer.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (answer.stderr += text));
  answer.code = await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  return answer;
}
