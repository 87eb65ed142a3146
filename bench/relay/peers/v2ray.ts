import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requireProgram } from "../programs.ts";
import type { System } from "../system.ts";
import { accepts, freePorts, type Workshop } from "../workshop.ts";

const HOPS = 3;
const READY_MS = 20_000;

/** VMess in VMess in VMess: a client and three servers. */
export async function startV2ray(workshop: Workshop): Promise<System> {
  const program = requireProgram("v2ray", "v2ray");
  const id = randomUUID();
  const ports = await freePorts(HOPS + 1);
  const [socks = 0, ...servers] = ports;
  const start = async (name: string, port: number, config: object): Promise<number> => {
    const file = join(workshop.dir, `${name}.json`);
    writeFileSync(file, JSON.stringify({ log: { loglevel: "error" }, ...config }));
    const pid = workshop.run(name, [program, "-config", file]);
    await workshop.until(name, READY_MS, () => accepts(port));
    return pid;
  };
  const pids: number[] = [];
  for (const [hop, port] of servers.entries()) {
    pids.push(
      await start(`v2ray-${hop}`, port, {
        inbounds: [{ listen: "127.0.0.1", port, protocol: "vmess", settings: { clients: [{ id, alterId: 0 }] } }],
        outbounds: [{ protocol: "freedom" }],
      }),
    );
  }
  // The first outbound is the default: the last hop, reached through the one before it, and so on.
  const outbounds = servers.map((port, hop) => ({
    tag: `hop${hop}`,
    protocol: "vmess",
    settings: { vnext: [{ address: "127.0.0.1", port, users: [{ id, alterId: 0, security: "aes-128-gcm" }] }] },
    ...(hop > 0 && { proxySettings: { tag: `hop${hop - 1}` } }),
  }));
  pids.push(
    await start("v2ray-client", socks, {
      inbounds: [{ listen: "127.0.0.1", port: socks, protocol: "socks", settings: { auth: "noauth", udp: false } }],
      outbounds: outbounds.reverse(),
    }),
  );
  return { name: "v2ray", way: { socks: [socks] }, pids };
}
