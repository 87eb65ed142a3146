/**
 * A process that does nothing but hold a directory, so that its memory and CPU time are the directory's.
 * bench/discovery.ts forks it: a job comes in, figures go out.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import * as dagCbor from "@ipld/dag-cbor";
import { createReader } from "../chain/createReader.ts";
import type { Address } from "../core/ids.ts";
import { createDirectory, type Directory } from "../node/directory/directory.ts";
import { selectPath } from "../node/directory/selectPath.ts";
import { createIpfsClient } from "../runtime/ipfsClient.ts";
import { createLogger } from "../runtime/logger.ts";

export interface DirectoryJob {
  chainId: number;
  rpcUrl: string;
  ipfsUrl: string;
  registry: Address;
  cacheDir: string;
  /** Files of descriptors for each renewal, and the time at which they are new. */
  rounds: { files: string[]; nowMs: number }[];
  /** Copies of each descriptor that gossip brings besides the first. */
  copies: number;
  registryReads: number;
}

export interface DirectoryFigures {
  nodes: number;
  startRssMb: number;
  rssMb: number;
  peakRssMb: number;
  firstLoadMs: number;
  firstLoadCpuMs: number;
  /** From a full cache. */
  secondLoadMs: number;
  /** CPU of one new descriptor, of one copy of it, of one reading of the registry. */
  newDescriptorCpuMs: number;
  copyCpuMs: number;
  registryReadCpuMs: number;
  covered: number;
  pathMs: { median: number; p99: number; none: number };
}

const MB = 1e6;

async function run(job: DirectoryJob): Promise<DirectoryFigures> {
  let nowMs = job.rounds[0]?.nowMs ?? 0;
  const startRssMb = process.memoryUsage.rss() / MB;
  const client = createReader({ chainId: job.chainId, rpcUrls: [job.rpcUrl] });
  const open = () =>
    createDirectory({
      chainId: job.chainId,
      client,
      endpoints: [client],
      contracts: { NodeRegistry: job.registry },
      ipfs: createIpfsClient({ url: job.ipfsUrl }),
      cacheDir: job.cacheDir,
      log: createLogger("bench", "error"),
      nowMs: () => nowMs,
    });
  let directory = await open();
  const first = await measured(() => directory.refresh());
  const reads = await measured(async () => {
    for (let i = 0; i < job.registryReads; i++) await directory.refresh();
  });
  const fresh = { cpuMs: 0, count: 0 };
  const known = { cpuMs: 0, count: 0 };
  for (const { files, nowMs: atMs } of job.rounds) {
    nowMs = atMs;
    // Every copy is other bytes in memory, as it is from other connections.
    for (let copy = 0; copy <= job.copies; copy++) {
      for (const file of files) {
        const blocks = dagCbor.decode<Uint8Array[]>(await readFile(file));
        const put = await measured(() => Promise.resolve(blocks.forEach((block) => directory.putDescriptor(block, `source ${copy}`))));
        const sum = copy === 0 ? fresh : known;
        sum.cpuMs += put.cpuMs;
        sum.count += blocks.length;
      }
    }
  }
  const covered = directory.coverage().stakeShare;
  const pathMs = timePaths(directory);
  await directory.close();
  directory = await open();
  const second = await measured(() => directory.refresh());
  await directory.close();
  return {
    nodes: directory.nodes().length,
    startRssMb,
    rssMb: process.memoryUsage.rss() / MB,
    peakRssMb: (process.resourceUsage().maxRSS * 1024) / MB,
    firstLoadMs: first.ms,
    firstLoadCpuMs: first.cpuMs,
    secondLoadMs: second.ms,
    newDescriptorCpuMs: fresh.cpuMs / Math.max(1, fresh.count),
    copyCpuMs: known.cpuMs / Math.max(1, known.count),
    registryReadCpuMs: reads.cpuMs / Math.max(1, job.registryReads),
    covered,
    pathMs,
  };
}

function timePaths(directory: Directory): DirectoryFigures["pathMs"] {
  const guards = directory.nodes().slice(0, 3).map(({ nodeId }) => nodeId);
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const startMs = performance.now();
    selectPath({ nodes: directory.nodes(), guards, hops: 3, random: Math.random });
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const startMs = performance.now();
  try {
    selectPath({ nodes: directory.nodes(), guards, hops: 3, random: Math.random, allows: () => false });
  } catch {
    // What it costs to find out that there is none.
  }
  return { median: times[100] ?? 0, p99: times[198] ?? 0, none: performance.now() - startMs };
}

async function measured(step: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number }> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await step();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - startMs, cpuMs: (user + system) / 1_000 };
}

if (process.send !== undefined) {
  const [job] = (await once(process, "message")) as [DirectoryJob];
  process.send(await run(job), () => process.disconnect());
}
