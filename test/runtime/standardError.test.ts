import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = `
  import { createLogger } from "./runtime/logger.ts";
  import { onShutdown } from "./runtime/shutdown.ts";
  const log = createLogger("test");
  onShutdown(log, async () => log.info("closing"));
  process.send("up");
`;

describe("standard error", () => {
  it("a process ends with its launcher although nobody reads its log any more", async () => {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const args = ["--input-type=module", "-e", SCRIPT];
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe", "ipc"] });
    try {
      await once(child, "message", { signal: AbortSignal.timeout(10_000) });
      child.stderr?.destroy();
      child.disconnect();
      const [code] = await once(child, "exit", { signal: AbortSignal.timeout(10_000) });
      assert.equal(code, 0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("writes whole JSON lines", async () => {
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const script = `import { createLogger } from "./runtime/logger.ts"; createLogger("test").info({ long: "x".repeat(300_000) }, "said");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await once(child, "close", { signal: AbortSignal.timeout(10_000) });
    assert.equal((JSON.parse(text) as { msg: string }).msg, "said");
  });
});
