import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createNamespaces, inNamespace, ipBatch, runIn, whyNoNamespaces } from "../support/netns.ts";
import { nowMs } from "./clock.ts";
import type { LinkState } from "./delayLine.ts";
import { whyNoTun } from "./libc.ts";

const GATEWAY = "169.254.1.1";
/** Ethernet's, so that a lost packet is what it is elsewhere. */
const MTU = 1_500;

export interface LabHost {
  name: string;
  /** IPv4; each host has a namespace and an `eth0` of its own. */
  address: string;
}

/** Several hosts on one machine, and what may happen to the network between them. */
export interface Lab {
  /** Starts a TypeScript file on a host; it shares nothing with others but the disk. */
  fork(host: string, file: string, args?: readonly string[], env?: Record<string, string>): ChildProcess;
  namespaceOf(host: string): string;
  /** Nothing passes between hosts of different groups; who is in no group reaches all. @returns when it held, ms of `nowMs` */
  partition(groups: readonly (readonly string[])[]): Promise<number>;
  /** All that comes from or goes to the host vanishes. */
  silence(host: string): Promise<number>;
  /** Share of all packets that vanish, and how much later others come. Only where the lab delays. */
  disturb(link: { loss?: number; jitterMs?: number; reorders?: boolean }): Promise<number>;
  /** Undoes `partition`, `silence` and `disturb`. */
  heal(): Promise<number>;
  close(): Promise<void>;
}

/** @returns why this machine cannot run a lab; undefined if it can */
export function whyNoLab(): string | undefined {
  return whyNoNamespaces() ?? whyNoTun();
}

/**
 * Without `delays`, hosts are joined by the kernel: no delay, gigabytes a second, faults by nft. With it, by a process
 * that delays and drops (delayRelay.ts): some 50,000 packets a second.
 */
export async function createLab(params: {
  hosts: readonly LabHost[];
  delays?: { seed: number; oneWayMs(from: string, to: string): number };
}): Promise<Lab> {
  const { hosts, delays } = params;
  const namespaces = createNamespaces();
  try {
    const router = namespaces.add("net");
    const byName = new Map(hosts.map((host) => [host.name, { ...host, namespace: namespaces.add(host.name) }]));
    const named = (name: string) => {
      const host = byName.get(name);
      if (host === undefined) throw new Error(`No host ${name} in this lab.`);
      return host;
    };
    const all = [...byName.values()];
    const faults = delays === undefined ? kernelFaults(router, all) : await relayFaults(router, all, delays);
    return {
      namespaceOf: (host) => named(host).namespace,
      fork(host, file, args = [], env = {}) {
        const [command, ...rest] = inNamespace(named(host).namespace, [process.execPath, file, ...args]) as [string, ...string[]];
        return spawn(command, rest, { stdio: ["ignore", "inherit", "pipe", "ipc"], env: { ...process.env, ...env } });
      },
      partition: (groups) => faults.cut((a, b) => crosses(groups, a, b)),
      silence: (host) => faults.cut((a, b) => a === host || b === host),
      disturb: (link) => faults.disturb(link),
      heal: () => faults.heal(),
      async close() {
        await faults.close();
        namespaces.close();
      },
    };
  } catch (error) {
    namespaces.close();
    throw error;
  }
}

type NamedHost = LabHost & { namespace: string };

interface Faults {
  /** Cuts the links for which `isCut` holds, and no others. */
  cut(isCut: (from: string, to: string) => boolean): Promise<number>;
  disturb(link: { loss?: number; jitterMs?: number; reorders?: boolean }): Promise<number>;
  heal(): Promise<number>;
  close(): Promise<void>;
}

function crosses(groups: readonly (readonly string[])[], a: string, b: string): boolean {
  const [groupOfA, groupOfB] = [a, b].map((name) => groups.findIndex((group) => group.includes(name)));
  return groupOfA !== groupOfB && groupOfA !== -1 && groupOfB !== -1;
}

/** A router between veth pairs. */
function kernelFaults(router: string, hosts: readonly NamedHost[]): Faults {
  ipBatch(hosts.map(({ namespace }, i) => `link add v${i} type veth peer name eth0 netns ${namespace}`), router);
  ipBatch(
    hosts.flatMap(({ address }, i) => [`addr add ${GATEWAY}/32 dev v${i}`, `link set v${i} up`, `route add ${address}/32 dev v${i}`]),
    router,
  );
  for (const { namespace, address } of hosts) {
    ipBatch([...addressLines(address), `route add ${GATEWAY}/32 dev eth0 src ${address}`, `route add default via ${GATEWAY} dev eth0 src ${address}`], namespace);
  }
  runIn(router, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done"]);
  const nft = (rules: string) => runIn(router, ["nft", "-f", "-"], rules);
  nft(`
    table ip faults {
      set cut { type ipv4_addr . ipv4_addr; }
      chain forward {
        type filter hook forward priority 0; policy accept;
        ip saddr . ip daddr @cut drop
      }
    }`);
  const setCut = (pairs: readonly string[]) => {
    nft(`flush set ip faults cut\n${pairs.length === 0 ? "" : `add element ip faults cut { ${pairs.join(", ")} }`}\n`);
    return Promise.resolve(nowMs());
  };
  return {
    cut: (isCut) =>
      setCut(hosts.flatMap((a) => hosts.filter((b) => a !== b && isCut(a.name, b.name)).map((b) => `${a.address} . ${b.address}`))),
    disturb: () => Promise.reject(new Error("This lab does not delay: make it with `delays`.")),
    heal: () => setCut([]),
    close: () => Promise.resolve(),
  };
}

/** A process between TUN devices. */
async function relayFaults(
  router: string,
  hosts: readonly NamedHost[],
  { seed, oneWayMs }: { seed: number; oneWayMs(from: string, to: string): number },
): Promise<Faults> {
  const argument = JSON.stringify({ addresses: hosts.map(({ address }) => address), mtu: MTU, seed });
  const [command, ...rest] = inNamespace(router, [process.execPath, join(import.meta.dirname, "delayRelay.ts"), argument]) as [string, ...string[]];
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<number> => {
    const { value, done } = await answers.next();
    if (done === true) throw new Error("The delay relay ended.");
    return Number((JSON.parse(value) as { atNs: string }).atNs) / 1e6;
  };
  await answer();
  for (const [i, { namespace, address }] of hosts.entries()) {
    ipBatch([`link set t${i} netns ${namespace}`], router);
    ipBatch([`link set t${i} name eth0`, `link set eth0 mtu ${MTU} txqueuelen 10000`, ...addressLines(address), "route add default dev eth0"], namespace);
  }
  let isCut: (from: string, to: string) => boolean = () => false;
  let disturbance: Partial<LinkState> = {};
  const update = () => {
    const links = hosts.map((a) =>
      hosts.map((b): LinkState | null => {
        if (a === b || isCut(a.name, b.name)) return null;
        return { delayMs: oneWayMs(a.name, b.name), jitterMs: 0, loss: 0, reorders: false, ...disturbance };
      }),
    );
    child.stdin.write(`${JSON.stringify({ links })}\n`);
    return answer();
  };
  await update();
  return {
    cut(next) {
      isCut = next;
      return update();
    },
    disturb(link) {
      disturbance = link;
      return update();
    },
    heal() {
      isCut = () => false;
      disturbance = {};
      return update();
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

function addressLines(address: string): string[] {
  return [`addr add ${address}/32 dev eth0`, "link set eth0 up"];
}
