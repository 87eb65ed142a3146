import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireProgram } from "../programs.ts";
import type { System } from "../system.ts";
import { accepts, freePorts, type Workshop } from "../workshop.ts";

const HOPS = 3;
const READY_MS = 20_000;
/** Its fastest on machines with AES instructions, as any of ours is. */
const CIPHER = "aes128-gcm@openssh.com";

/** OpenSSH `-D` through three nested jumps, each a server of its own with throw-away keys. */
export async function startSsh(workshop: Workshop): Promise<System> {
  const sshd = requireProgram("sshd", "ssh");
  const dir = join(workshop.dir, "ssh");
  mkdirSync(dir, { mode: 0o700 });
  // Where the server of a privileged user goes when it needs no file; services make it at boot.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const [hostKey, userKey] = [join(dir, "host"), join(dir, "user")];
  for (const key of [hostKey, userKey]) await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);

  const ports = await freePorts(HOPS + 1);
  const pids: number[] = [];
  for (const [hop, port] of ports.slice(0, HOPS).entries()) {
    const config = join(dir, `sshd-${hop}`);
    writeFileSync(config, serverConfig(port, hostKey, `${userKey}.pub`));
    pids.push(workshop.run(`sshd-${hop}`, [sshd, "-D", "-e", "-f", config]));
    await workshop.until(`sshd-${hop}`, READY_MS, () => accepts(port));
  }
  const config = join(dir, "client");
  writeFileSync(config, clientConfig(ports, userKey));
  const socks = ports[HOPS] as number;
  pids.push(workshop.run("ssh", [requireProgram("ssh", "ssh"), "-F", config, "-N", "-D", `127.0.0.1:${socks}`, `hop${HOPS - 1}`]));
  await workshop.until("ssh", READY_MS, () => accepts(socks));
  return { name: "ssh", way: { socks: [socks] }, pids };
}

function serverConfig(port: number, hostKey: string, authorizedKeys: string): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorizedKeys}`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "PermitRootLogin yes",
    "LogLevel ERROR",
    "",
  ].join("\n");
}

function clientConfig(ports: readonly number[], userKey: string): string {
  const all = [
    "Host *",
    "  HostName 127.0.0.1",
    `  User ${userInfo().username}`,
    `  IdentityFile ${userKey}`,
    "  IdentitiesOnly yes",
    "  BatchMode yes",
    "  StrictHostKeyChecking no",
    "  UserKnownHostsFile /dev/null",
    "  LogLevel ERROR",
    "  ExitOnForwardFailure yes",
    `  Ciphers ${CIPHER}`,
  ];
  const hops = Array.from({ length: HOPS }, (_, hop) => [`Host hop${hop}`, `  Port ${ports[hop]}`, ...(hop === 0 ? [] : [`  ProxyJump hop${hop - 1}`])]);
  // The first value found counts: what is special stands first.
  return [...hops.flat(), ...all, ""].join("\n");
}
