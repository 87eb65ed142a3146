import { join } from "node:path";
import type { ChildSpec } from "./childProcess.ts";
import { buildDashboard } from "./dashboard/build.ts";
import { TRAFFIC_ENV, TRAFFIC_FLAGS } from "../runtime/trafficFlags.ts";
import { PROJECT_ROOT, type StatePaths } from "./paths.ts";
import type { DevnetPorts } from "./ports.ts";

const NODE_OPTIONS = ["--disable-warning=ExperimentalWarning"];

/** A program of ours, which says over IPC when it is ready. */
function ours(paths: StatePaths, name: string, script: string, args: readonly string[], drainMs: number, flags: readonly string[] = []): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: () => [...NODE_OPTIONS, ...flags, join(PROJECT_ROOT, script), ...args],
    env: { ...TRAFFIC_ENV, ...process.env },
    logFile: paths.logFile(name),
    ready: "ipc",
    readyMs: 60_000,
    drainMs,
  };
}

export function ipfsSpec(paths: StatePaths, ports: DevnetPorts): ChildSpec {
  return ours(paths, "ipfs", "ipfs/main.ts", ["--dir", paths.ipfsDir, "--port", String(ports.ipfs)], 5_000);
}

export function originSpec(paths: StatePaths, ports: DevnetPorts): ChildSpec {
  return ours(paths, "origin", "devnet/originMain.ts", ["--dir", paths.originDir, "--port", String(ports.origin)], 2_000);
}

export function nodeName(index: number): string {
  return `node-${index}`;
}

export function nodeSpec(paths: StatePaths, index: number): ChildSpec {
  return ours(paths, nodeName(index), "node/main.ts", ["--home", paths.nodeHome(index)], 12_000, TRAFFIC_FLAGS);
}

/** One process serves all nodes, each with its own account. */
export function workersSpec(paths: StatePaths, ports: DevnetPorts, nodes: number): ChildSpec {
  const homes = Array.from({ length: nodes }, (_, index) => ["--home", paths.nodeHome(index)]).flat();
  return ours(paths, "workers", "workers/main.ts", [...homes, "--api-port", String(ports.workersApi)], 8_000);
}

export function clientSpec(paths: StatePaths): ChildSpec {
  return ours(paths, "client", "node/client/main.ts", ["--home", paths.clientHome], 5_000, TRAFFIC_FLAGS);
}

/** Builds the page first, if its sources changed. */
export function dashboardSpec(paths: StatePaths): ChildSpec {
  return { ...ours(paths, "dashboard", "devnet/dashboard/main.ts", ["--state-dir", paths.stateDir], 3_000), prepare: buildDashboard };
}
