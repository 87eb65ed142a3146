import { join, resolve } from "node:path";

export const PROJECT_ROOT = join(import.meta.dirname, "..");

/** `.x0t` beside the launcher, or what `--state-dir` or X0T_STATE_DIR says. */
export function resolveStateDir(option: string | undefined): string {
  return resolve(option ?? process.env.X0T_STATE_DIR ?? join(PROJECT_ROOT, ".x0t"));
}

export type StatePaths = ReturnType<typeof statePaths>;

/** Everything that a devnet keeps; `./x0t reset` removes the folder. */
export function statePaths(stateDir: string) {
  const inside = (...parts: string[]) => join(stateDir, ...parts);
  return {
    stateDir,
    /** Appears when the network is ready (core/devnetFile.ts). */
    devnetFile: inside("devnet.json"),
    /** Written last by genesis: without it there is no network to resume. */
    genesisFile: inside("genesis.json"),
    addressBookFile: inside("contracts.json"),
    lockFile: inside("launcher.json"),
    pidsFile: inside("pids.json"),
    logsDir: inside("logs"),
    keysDir: inside("keys"),
    chainDir: inside("chain"),
    deploymentDir: inside("deployment"),
    ipfsDir: inside("ipfs"),
    indexerDir: inside("indexer"),
    originDir: inside("origin"),
    clientHome: inside("client"),
    nodeHome: (index: number) => inside("nodes", String(index)),
    nodesDir: inside("nodes"),
    keyFile: (name: string) => inside("keys", `${name}.key`),
    logFile: (name: string) => inside("logs", `${name}.log`),
  };
}
