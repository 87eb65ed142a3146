import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { requireProgram } from "../programs.ts";
import type { System } from "../system.ts";
import { accepts, freePorts, type Workshop } from "../workshop.ts";

const HOPS = 3;
const READY_MS = 20_000;

/** Three Dante servers without encryption, each asking the next. */
export async function startDante(workshop: Workshop): Promise<System> {
  const program = requireProgram("danted", "dante");
  const ports = await freePorts(HOPS);
  const pids: number[] = [];
  for (const [hop, port] of ports.entries()) {
    const name = `dante-${hop}`;
    const config = join(workshop.dir, `${name}.conf`);
    writeFileSync(config, danteConfig(port, ports[hop + 1]));
    pids.push(workshop.run(name, [program, "-f", config, "-p", join(workshop.dir, `${name}.pid`)]));
    await workshop.until(name, READY_MS, () => accepts(port));
  }
  return { name: "dante", way: { socks: [ports[0] as number] }, pids };
}

function danteConfig(port: number, next: number | undefined): string {
  const user = userInfo().username;
  return [
    "logoutput: stderr",
    `internal: 127.0.0.1 port = ${port}`,
    "external: 127.0.0.1",
    "clientmethod: none",
    "socksmethod: none",
    `user.privileged: ${user}`,
    `user.unprivileged: ${user}`,
    ...block("client pass", ["from: 127.0.0.0/8 to: 0.0.0.0/0", "log: error"]),
    ...block("socks pass", ["from: 127.0.0.0/8 to: 0.0.0.0/0", "protocol: tcp", "log: error"]),
    ...(next === undefined ? [] : block("route", ["from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = " + next, "proxyprotocol: socks_v5", "command: connect", "method: none"])),
    "",
  ].join("\n");
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), "}"];
}
