import { join } from "node:path";
import type { System } from "../system.ts";
import type { Workshop } from "../workshop.ts";

const HOPS = 3;

/** Three plain Node TCP pipes in a row: the upper bound for relays on Node. */
export async function startPipe(workshop: Workshop, originPort: number): Promise<System> {
  const pids: number[] = [];
  let port = originPort;
  for (let hop = 0; hop < HOPS; hop++) {
    const worker = workshop.work(`pipe-${hop}`, join(import.meta.dirname, "pipeWorker.ts"), [String(port)]);
    pids.push(worker.pid);
    port = await worker.ask<number>("port");
  }
  return { name: "pipe", way: { port }, pids };
}
