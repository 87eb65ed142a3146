import type { ChildProcess } from "node:child_process";

const PATIENCE_MS = 30_000;

/** Waits for a child to send `{type}`. @throws if it does not in time, with what it printed */
export function awaitMessage(child: ChildProcess, type: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-10_000));
    const settle = (error?: Error) => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      child.stderr?.off("data", onData).resume();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onMessage = (told: { type?: string }) => {
      if (told.type === type) settle();
    };
    const onExit = (code: number | null) => settle(new Error(`A process of the lab exited with ${code}: ${text}`));
    const timer = setTimeout(() => settle(new Error(`A process of the lab is not ${type}: ${text}`)), PATIENCE_MS);
    child.on("message", onMessage).once("exit", onExit);
    child.stderr?.on("data", onData);
  });
}
