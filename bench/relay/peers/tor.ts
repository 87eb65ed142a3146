import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireProgram } from "../programs.ts";
import type { System } from "../system.ts";
import { freePorts, type Workshop } from "../workshop.ts";
import { authorityConfig, clientConfig, relayConfig, type TorNode } from "./torConfig.ts";

const RELAYS = 3;
const CONSENSUS_MS = 150_000;
const CIRCUIT_MS = 120_000;

/** A private Tor network on loopback: an authority, three relays and a client. @param tuned for speed, as far as Tor's settings go */
export async function startTor(workshop: Workshop, tuned: boolean): Promise<System> {
  const tor = requireProgram("tor", "tor");
  const name = tuned ? "tor-tuned" : "tor";
  const ports = await freePorts(RELAYS + 3);
  const [orPort = 0, dirPort = 0, socks = 0, ...relayPorts] = ports;
  const nodeOf = (role: string, port: number): TorNode => {
    const dir = join(workshop.dir, name, role);
    mkdirSync(join(dir, "keys"), { recursive: true, mode: 0o700 });
    return { name: role, dir, port };
  };

  const authority = nodeOf("authority", orPort);
  const v3ident = await makeAuthorityKeys(join(authority.dir, "keys"), dirPort);
  const network = { tuned, dirAuthority: `authority orport=${orPort} v3ident=${v3ident} 127.0.0.1:${dirPort} ${await fingerprintOf(tor, authority)}` };
  const relays = relayPorts.map((port, i) => nodeOf(`relay${i}`, port));
  const fingerprints = await Promise.all(relays.map((relay) => fingerprintOf(tor, relay)));

  const start = (node: TorNode, config: string): number => {
    const file = join(node.dir, "torrc");
    writeFileSync(file, config);
    return workshop.run(`${name}-${node.name}`, [tor, "--quiet", "--defaults-torrc", "/nonexistent", "-f", file]);
  };
  const pids = [start(authority, authorityConfig(authority, dirPort, network))];
  for (const [i, relay] of relays.entries()) pids.push(start(relay, relayConfig(relay, i === RELAYS - 1, network)));

  // A client that starts before the first whole consensus waits more than a minute for the next.
  const consensus = join(authority.dir, "cached-consensus");
  await workshop.until(`${name}-authority`, CONSENSUS_MS, () => isWhole(consensus));
  const client = nodeOf("client", 0);
  pids.push(start(client, clientConfig(client, socks, fingerprints, network)));
  const log = join(client.dir, "notice.log");
  await workshop.until(`${name}-client`, CIRCUIT_MS, () => existsSync(log) && readFileSync(log, "utf8").includes("Bootstrapped 100%"));
  return { name, way: { socks: [socks] }, pids };
}

/** @returns the fingerprint of the authority's identity key */
async function makeAuthorityKeys(keys: string, dirPort: number): Promise<string> {
  const gencert = requireProgram("tor-gencert", "tor");
  const [identity, signing, certificate] = ["authority_identity_key", "authority_signing_key", "authority_certificate"].map((file) => join(keys, file)) as [string, string, string];
  const args = ["--create-identity-key", "--passphrase-fd", "0", "-m", "12", "-a", `127.0.0.1:${dirPort}`, "-i", identity, "-s", signing, "-c", certificate];
  const child = spawn(gencert, args, { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end("\n");
  await once(child, "exit");
  return /^fingerprint (\S+)$/m.exec(readFileSync(certificate, "latin1"))?.[1] ?? "";
}

/** Makes the relay's keys and says their fingerprint. */
async function fingerprintOf(tor: string, { name, dir, port }: TorNode): Promise<string> {
  const dummy = ["--DirAuthority", "dummy 127.0.0.1:1 ffffffffffffffffffffffffffffffffffffffff"];
  const args = ["--quiet", "--ignore-missing-torrc", "-f", "/nonexistent", "--list-fingerprint", ...dummy];
  const { stdout } = await promisify(execFile)(tor, [...args, "--DataDirectory", dir, "--ORPort", `127.0.0.1:${port}`, "--Nickname", name, "--Address", "127.0.0.1"]);
  return (stdout.trim().split("\n").at(-1) ?? "").replace(/^\S+ /, "").replaceAll(" ", "");
}

/** Whether every relay may be a guard in this consensus, and one an exit. */
function isWhole(consensus: string): boolean {
  if (!existsSync(consensus)) return false;
  const flags = [...readFileSync(consensus, "latin1").matchAll(/^r relay\d.*\n(?:[^rs].*\n)*s (.*)$/gm)].map((match) => (match[1] as string).split(" "));
  const guards = flags.filter((each) => ["Guard", "Fast", "Stable"].every((flag) => each.includes(flag)));
  return guards.length === RELAYS && flags.some((each) => each.includes("Exit"));
}
