import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { killChild, socksGet, startMain, startNetwork, type TestNetwork } from "../test/node/client/network.ts";

export interface ClientStart {
  relays: number;
  /** A home that never ran: its channels are opened first, a block of the chain each. */
  firstEverMs: number;
  /** Channels stand, the cache is empty: from the start of the process to a circuit whose exit has answered. */
  emptyCacheMs: number[];
  /** CPU time of the client's process until then: steadier on a busy machine. */
  emptyCacheCpuMs: number[];
  /** Then the first bytes of an origin. */
  firstAnswerMs: number[];
  /** With the cache of the last run. */
  fullCacheMs: number[];
}

/** Times clients of a real network of `relays` processes; `over` goes into their config. */
export async function measureClientStart(
  { relays, rounds, over = () => ({}) }: { relays: number; rounds: number; over?: (network: TestNetwork) => Record<string, unknown> },
  progress: (line: string) => void,
): Promise<ClientStart> {
  progress(`starting a network of ${relays} relays`);
  const network = await startNetwork(relays);
  try {
    const { home, socksPort } = await network.makeClientHome("client", over(network));
    const start = async (): Promise<{ circuitMs: number; cpuMs: number; answerMs: number }> => {
      const startMs = performance.now();
      const child = await startMain("node/client/main.ts", home);
      const circuitMs = performance.now() - startMs;
      const cpuMs = await cpuMsOf(child.pid);
      await socksGet(socksPort, network.origin.port, "/small");
      const answerMs = performance.now() - startMs;
      await killChild(child);
      return { circuitMs, cpuMs, answerMs };
    };
    progress("starting clients");
    const first = await start();
    const result: ClientStart = { relays, firstEverMs: first.circuitMs, emptyCacheMs: [], emptyCacheCpuMs: [], firstAnswerMs: [], fullCacheMs: [] };
    for (let round = 0; round < rounds; round++) {
      await rm(join(home, "cache"), { recursive: true });
      const empty = await start();
      result.emptyCacheMs.push(empty.circuitMs);
      result.emptyCacheCpuMs.push(empty.cpuMs);
      result.firstAnswerMs.push(empty.answerMs);
      result.fullCacheMs.push((await start()).circuitMs);
    }
    return result;
  } finally {
    await network.close();
  }
}

/** User and system time, of Linux's hundredths of a second. */
async function cpuMsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
