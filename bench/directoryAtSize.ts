import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as dagCbor from "@ipld/dag-cbor";
import { cidFromDigest } from "../core/cid.ts";
import { REGISTRY, startFakeChain } from "../test/node/fakeChain.ts";
import { startFakeIpfs } from "../test/node/nodeHomes.ts";
import { TRAFFIC_ENV, TRAFFIC_FLAGS } from "../runtime/trafficFlags.ts";
import type { DirectoryFigures, DirectoryJob } from "./directoryProcess.ts";
import { CHAIN_ID, simulateNodes } from "./simulatedNodes.ts";

/** A node renews its descriptor each 20 minutes, a relay reads the registry each minute (production epochs). */
const RENEWALS = 3;
const RENEW_MS = 20 * 60_000;
const REGISTRY_READS_AN_HOUR = 60;
const COPIES = 3;
/** As many as one answer of a guard has. */
const PAGE = 64;
const HOUR_MS = 3_600_000;

export interface DirectoryAtSize extends DirectoryFigures {
  /** Of one core, for an hour in which every node renews three times and each copy comes from three more peers. */
  cpuPercent: number;
  /** The same if every node said something new each 10 s, the most that is sent (NET-2). */
  busyCpuPercent: number;
}

/**
 * A directory of `count` nodes in a process of its own: real keys, documents and descriptors; the registry and IPFS are
 * fakes behind real HTTP, with real encodings. An hour's work is done at once, only its CPU time is counted.
 */
export async function measureDirectory(count: number, progress: (line: string) => void): Promise<DirectoryAtSize> {
  progress(`making ${count} nodes`);
  const nodes = simulateNodes(count);
  const folder = await mkdtemp(join(tmpdir(), "x0t-discovery-"));
  const chain = await startFakeChain(nodes.map(({ nodeId, operator, witness, metadata }) => ({ nodeId, operator, witness, metadata })));
  const ipfs = await startFakeIpfs(new Map(nodes.map(({ metadata, document }) => [cidFromDigest(metadata), document])));
  try {
    progress("signing their descriptors");
    const rounds: DirectoryJob["rounds"] = [];
    for (let round = 0; round < RENEWALS; round++) {
      const nowMs = Date.now() + round * RENEW_MS;
      const files: string[] = [];
      for (let from = 0; from < count; from += PAGE) {
        const file = join(folder, `round-${round}-${from}.cbor`);
        await writeFile(file, dagCbor.encode(nodes.slice(from, from + PAGE).map((node) => node.descriptor(nowMs, { load: round }))));
        files.push(file);
      }
      rounds.push({ files, nowMs });
    }
    progress("measuring");
    const child = fork(join(import.meta.dirname, "directoryProcess.ts"), { stdio: "inherit", execArgv: TRAFFIC_FLAGS, env: { ...TRAFFIC_ENV, ...process.env } });
    try {
      child.send({
        chainId: CHAIN_ID,
        rpcUrl: chain.url,
        ipfsUrl: ipfs.url,
        registry: REGISTRY,
        cacheDir: join(folder, "cache"),
        rounds,
        copies: COPIES,
        registryReads: 5,
      } satisfies DirectoryJob);
      const [figures] = (await Promise.race([once(child, "message"), died(child)])) as [DirectoryFigures];
      const { newDescriptorCpuMs, copyCpuMs, registryReadCpuMs } = figures;
      const one = newDescriptorCpuMs + COPIES * copyCpuMs;
      const reads = REGISTRY_READS_AN_HOUR * registryReadCpuMs;
      const percentOf = (descriptors: number) => (100 * (descriptors * one + reads)) / HOUR_MS;
      return { ...figures, cpuPercent: percentOf(RENEWALS * count), busyCpuPercent: percentOf((HOUR_MS / 10_000) * count) };
    } finally {
      child.kill();
    }
  } finally {
    ipfs.close();
    chain.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function died(child: ReturnType<typeof fork>): Promise<never> {
  const [code] = (await once(child, "exit")) as [number | null];
  throw new Error(`the directory's process ended with ${code}`);
}
