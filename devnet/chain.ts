import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { X0tError } from "../core/x0tError.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";
import { foundryBinary } from "./foundryBinary.ts";
import { rpcCall } from "./anvilRpc.ts";
import type { ChildSpec } from "./childProcess.ts";
import type { StatePaths } from "./paths.ts";
import { DEVNET_CHAIN_ID } from "./settings.ts";

/** The chain's blocks, one each second once genesis is over. */
export const BLOCK_SECONDS = 1;
/** A dump is made this often: what a `kill -9` of the chain loses. Dumps that take long are made less often. */
const SAVE_EVERY_MS = 5_000;
const SAVE_COST_FACTOR = 30;
const SAVE_TIMEOUT_MS = 60_000;

/** @param startsAt when a new chain begins, seconds since 1970; undefined to resume what was saved. */
export function chainSpec(paths: StatePaths, port: number, startsAt: () => number | undefined): ChildSpec {
  const url = `http://127.0.0.1:${port}`;
  return {
    name: "chain",
    command: foundryBinary("anvil"),
    prepare: async () => {
      await rm(statesDir(paths), { recursive: true, force: true });
      if (startsAt() === undefined) await unpackSaved(paths);
    },
    args: () => [...baseArguments(paths, port), ...startArguments(paths, startsAt())],
    logFile: paths.logFile("chain"),
    ready: async (signal) => (await rpcCall<string>(url, "eth_chainId", [], signal)) === `0x${DEVNET_CHAIN_ID.toString(16)}`,
    // A chain that ran for days is read from its dump for several seconds.
    readyMs: 60_000,
    drainMs: 2_000,
  };
}

/**
 * anvil keeps the state after every block, by default 3,600 of them on disk (11 GB after 10,000 blocks): four on disk
 * and about ten in memory are enough for readers that pin a recent block. Logs, receipts and headers are all kept.
 */
function baseArguments(paths: StatePaths, port: number): string[] {
  return [
    ...["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(DEVNET_CHAIN_ID)],
    ...["--slots-in-an-epoch", "1", "--max-persisted-states", "4", "--cache-path", statesDir(paths)],
    ...["--accounts", "1", "--hardfork", "cancun", "--no-cors", "--color", "never", "--quiet"],
  ];
}

function startArguments(paths: StatePaths, startsAt: number | undefined): string[] {
  if (startsAt !== undefined) return ["--timestamp", String(startsAt)];
  return ["--load-state", join(paths.chainDir, "load.json"), "--block-time", String(BLOCK_SECONDS)];
}

/** Unpacks the last dump for the next start of anvil. @throws X0T_BAD_STATE */
async function unpackSaved(paths: StatePaths): Promise<void> {
  const saved = savedFile(paths);
  if (!existsSync(saved)) {
    throw new X0tError("X0T_BAD_STATE", `${saved} is missing, and with it the chain. Wipe the network with: ./x0t reset`);
  }
  try {
    await writeFile(join(paths.chainDir, "load.json"), await promisify(gunzip)(await readFile(saved)));
  } catch (cause) {
    throw new X0tError("X0T_BAD_STATE", `${saved} is damaged. Wipe the network with: ./x0t reset`, { cause });
  }
}

/** Saves the whole chain, or keeps the previous dump. @returns how long it took, ms. @throws X0T_RPC_DOWN, X0T_RPC_ERROR */
export async function saveChain(paths: StatePaths, rpcUrl: string, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const either = AbortSignal.any([signal, AbortSignal.timeout(SAVE_TIMEOUT_MS)]);
  const dump = await rpcCall<string>(rpcUrl, "anvil_dumpState", [], either);
  await mkdir(paths.chainDir, { recursive: true });
  await writeFileAtomic(savedFile(paths), Buffer.from(dump.slice(2), "hex"));
  return performance.now() - startedMs;
}

/** Saves again and again until `stop` is called, which waits for a save that runs. */
export function keepSaving(paths: StatePaths, rpcUrl: string, onError: (error: Error) => void): { stop: () => Promise<void> } {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let saving: Promise<void> = Promise.resolve();
  const schedule = (ms: number) => {
    if (!stopped.signal.aborted) timer = setTimeout(run, ms);
  };
  const run = () => {
    saving = saveChain(paths, rpcUrl, stopped.signal)
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) onError(error as Error);
        return 0;
      })
      .then((tookMs) => schedule(Math.max(SAVE_EVERY_MS, tookMs * SAVE_COST_FACTOR)));
  };
  schedule(SAVE_EVERY_MS);
  return {
    async stop() {
      stopped.abort();
      clearTimeout(timer);
      await saving;
    },
  };
}

/** What a killed anvil leaves here is of no use to the next one. */
function statesDir(paths: StatePaths): string {
  return join(paths.chainDir, "states");
}

function savedFile(paths: StatePaths): string {
  return join(paths.chainDir, "state.json.gz");
}
