import { createProgram } from "../../cli/program.ts";
import { reportError } from "../../cli/reportError.ts";
import { translateRpc } from "../../runtime/rpcRetry.ts";
import type { Answer } from "./runX0t.ts";

/** As runX0t, without a process: for the many cases of one command. What main.ts does stands here again. */
export async function runInProcess(args: readonly string[]): Promise<Answer> {
  const answer: Answer = { code: 0, stdout: "", stderr: "" };
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write] as const;
  const take = (stream: "stdout" | "stderr") => (text: string | Uint8Array) => {
    answer[stream] += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
    return true;
  };
  stdout.write = take("stdout") as typeof stdout.write;
  stderr.write = take("stderr") as typeof stderr.write;
  const exitCode = process.exitCode;
  process.exitCode = 0;
  try {
    await createProgram().parseAsync([...args], { from: "user" });
    answer.code = Number(process.exitCode);
  } catch (error) {
    answer.code = reportError(translateRpc(error), args.includes("--json"));
  } finally {
    [stdout.write, stderr.write] = writes;
    process.exitCode = exitCode;
  }
  return answer;
}
