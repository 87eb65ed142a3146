import { spawn } from "node:child_process";
import { once } from "node:events";
import { foundryBinary } from "../../devnet/foundryBinary.ts";

export interface Anvil {
  rpcUrl: string;
  pid: number;
  /** For tests of a lost connection: SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** A development chain on a free port (or `port`) whose finalized block follows its head. */
export async function startAnvil(options: { port?: number; chainId?: number; args?: readonly string[] } = {}): Promise<Anvil> {
  const args = ["--host", "127.0.0.1", "--port", String(options.port ?? 0), "--chain-id", String(options.chainId ?? 31337), "--slots-in-an-epoch", "1"];
  const child = spawn(foundryBinary("anvil"), [...args, "--accounts", "40", ...(options.args ?? [])], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<string>((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`anvil is not ready: ${text}`)), 10_000);
    child.once("exit", (code) => reject(new Error(`anvil exited with ${code}: ${text}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-10_000);
      const listening = /Listening on 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (listening === undefined) return;
      clearTimeout(timer);
      resolve(listening);
    });
  });
  return {
    rpcUrl: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    signal: (name) => void child.kill(name),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
