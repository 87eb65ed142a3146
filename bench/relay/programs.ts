import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { X0tError } from "../../core/x0tError.ts";
import { PEERS, type PeerName } from "./system.ts";

interface Needs {
  programs: readonly string[];
  /** Debian's name. */
  packages: string;
}

const NEEDS: Record<PeerName, Needs> = {
  tor: { programs: ["tor", "tor-gencert"], packages: "tor" },
  "tor-tuned": { programs: ["tor", "tor-gencert"], packages: "tor" },
  ssh: { programs: ["ssh", "ssh-keygen", "sshd"], packages: "openssh-client openssh-server" },
  v2ray: { programs: ["v2ray"], packages: "v2ray" },
  dante: { programs: ["danted"], packages: "dante-server" },
  pipe: { programs: [], packages: "" },
};
/** Servers lie where a user's PATH may not lead. */
const FOLDERS = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Full path of a program; undefined if this machine has none. */
export function findProgram(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @throws X0T_BENCH_PROGRAM naming what to install */
export function requireProgram(name: string, peer: PeerName, find = findProgram): string {
  const path = find(name);
  if (path !== undefined) return path;
  throw new X0tError("X0T_BENCH_PROGRAM", `The peer ${peer} needs the program ${name}, which this machine lacks. Install it: apt install ${NEEDS[peer].packages}`);
}

/**
 * The peers to measure, those asked for or all that this machine has; and a sentence for each one left out.
 * @throws X0T_BENCH_PROGRAM if one that was asked for is missing
 */
export function choosePeers(asked: readonly PeerName[] | undefined, find = findProgram): { peers: PeerName[]; leftOut: string[] } {
  if (asked !== undefined) {
    for (const peer of asked) for (const program of NEEDS[peer].programs) requireProgram(program, peer, find);
    return { peers: [...asked], leftOut: [] };
  }
  const missing = PEERS.filter((peer) => NEEDS[peer].programs.some((program) => find(program) === undefined));
  return {
    peers: PEERS.filter((peer) => !missing.includes(peer)),
    leftOut: missing.map((peer) => `${peer} is left out: this machine lacks it. apt install ${NEEDS[peer].packages}`),
  };
}
