import type { ParameterChoice } from "../core/parameters.ts";
import { indexerCommand } from "../indexer/launch.ts";
import type { ChildSpec } from "./childProcess.ts";
import type { StatePaths } from "./paths.ts";
import type { DevnetPorts } from "./ports.ts";

export function indexerSpec(paths: StatePaths, ports: DevnetPorts, parameters: ParameterChoice): ChildSpec {
  const { command, args, env, cwd } = indexerCommand({
    port: ports.graphql,
    dir: paths.indexerDir,
    rpcUrl: `http://127.0.0.1:${ports.rpc}`,
    addressBookFile: paths.addressBookFile,
    parameters,
  });
  return { name: "indexer", command, args: () => args, env, cwd, logFile: paths.logFile("indexer"), ready: "ipc", readyMs: 90_000, drainMs: 8_000 };
}
