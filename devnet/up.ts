import type { ChildSpec } from "./childProcess.ts";
import { chainSpec, keepSaving, saveChain } from "./chain.ts";
import { clientSpec, dashboardSpec, ipfsSpec, nodeName, nodeSpec, originSpec, workersSpec } from "./children.ts";
import { compileContracts } from "./contracts.ts";
import { devnetFileOf, removeDevnetFile, writeDevnetFile, type DevnetFile } from "./devnetFile.ts";
import { clearUnfinishedGenesis, genesisTimestamp, runGenesis } from "./genesis.ts";
import { readGenesis, type Genesis } from "./genesisFile.ts";
import { indexerSpec } from "./indexer.ts";
import { takeLauncherLock } from "./launcherLock.ts";
import { statePaths, type StatePaths } from "./paths.ts";
import { checkPorts, claimsOf, portsFrom, type DevnetPorts } from "./ports.ts";
import { createProcessTable, findLeftovers, stopLeftovers } from "./processTable.ts";
import type { Progress } from "./progress.ts";
import { choiceOf, mergeSettings, type DevnetSettings } from "./settings.ts";
import { Supervisor } from "./supervisor.ts";
import { waitForTraffic } from "./trafficCheck.ts";

export interface Devnet {
  genesis: Genesis;
  file: DevnetFile;
  supervisor: Supervisor;
  /** Ends everything that was started, the chain last, saved; `hurry` kills what has not ended yet. */
  stop(hurry: AbortSignal): Promise<void>;
}

export interface UpOptions {
  stateDir: string;
  asked: Partial<DevnetSettings>;
  progress: Progress;
  /** Aborts: stop at once instead of draining. */
  hurry: AbortSignal;
}

const LEFTOVER_PATIENCE_MS = 15_000;

/**
 * Starts or resumes the network of a state folder and returns when traffic flows. Whatever fails, nothing is left
 * running. @throws X0T_ALREADY_RUNNING, X0T_PORT_TAKEN, X0T_OTHER_SETTINGS, X0T_CHILD_FAILED, X0T_NO_TRAFFIC, …
 */
export async function startDevnet(options: UpOptions, signal: AbortSignal): Promise<Devnet> {
  const paths = statePaths(options.stateDir);
  const releaseLock = await takeLauncherLock(paths.lockFile);
  try {
    await removeDevnetFile(paths.devnetFile);
    await clearLeftovers(paths, options.progress);
    const made = await readGenesis(paths.genesisFile);
    const settings = mergeSettings(options.asked, made?.settings);
    const ports = portsFrom(settings.portBase ?? undefined);
    await checkPorts(claimsOf(ports, settings.nodes));
    return await launch({ ...options, paths, settings, ports, made, releaseLock }, signal);
  } catch (error) {
    await releaseLock();
    throw error;
  }
}

async function clearLeftovers(paths: StatePaths, progress: Progress): Promise<void> {
  const leftovers = findLeftovers(paths.pidsFile);
  if (leftovers.length === 0) return;
  const names = leftovers.map(({ name }) => name).join(", ");
  await progress.step(`Ending what a killed launcher left: ${names}`, async () => {
    const chain = leftovers.find(({ name }) => name === "chain");
    const others = leftovers.filter((entry) => entry !== chain);
    await stopLeftovers(others, LEFTOVER_PATIENCE_MS);
    const made = await readGenesis(paths.genesisFile).catch(() => undefined);
    if (chain !== undefined && made !== undefined) {
      // It knows more than its last dump; if it does not answer, the dump has to do.
      const { rpc } = portsFrom(made.settings.portBase ?? undefined);
      await saveChain(paths, `http://127.0.0.1:${rpc}`, AbortSignal.timeout(LEFTOVER_PATIENCE_MS)).catch(() => 0);
    }
    await stopLeftovers(chain === undefined ? [] : [chain], LEFTOVER_PATIENCE_MS);
  });
}

interface Launch extends UpOptions {
  paths: StatePaths;
  settings: DevnetSettings;
  ports: DevnetPorts;
  made: Genesis | undefined;
  releaseLock: () => Promise<void>;
}

async function launch(context: Launch, signal: AbortSignal): Promise<Devnet> {
  const { paths, settings, ports, progress, releaseLock } = context;
  const rpcUrl = `http://127.0.0.1:${ports.rpc}`;
  const supervisor = createSupervisor(context, (name) => rewriteFile(name));
  let saving: { stop: () => Promise<void> } | undefined;
  let devnet: Devnet | undefined;

  const stop = async (hurry: AbortSignal): Promise<void> => {
    await removeDevnetFile(paths.devnetFile);
    const nodes = Array.from({ length: settings.nodes }, (_, index) => nodeName(index));
    await supervisor.stop(["dashboard", "client", "workers", "indexer", "origin"], hurry);
    await supervisor.stop(nodes, hurry);
    await supervisor.stop(["ipfs"], hurry);
    if (saving !== undefined) {
      await saving.stop();
      if (!hurry.aborted && supervisor.isUp("chain")) {
        await saveChain(paths, rpcUrl, hurry).catch((error: unknown) => progress.note(`The chain could not be saved: ${(error as Error).message}`));
      }
    }
    await supervisor.stop(["chain"], hurry);
    await releaseLock();
  };
  const rewriteFile = (name: string) => {
    if (devnet === undefined) return;
    // Only this one is known to serve again.
    const children = { ...devnet.file.processes, [name]: supervisor.pid(name) ?? null };
    devnet.file = devnetFileOf(devnet.genesis, { launcher: process.pid, children });
    writeDevnetFile(paths.devnetFile, devnet.file).catch((error: unknown) =>
      progress.note(`${paths.devnetFile} does not show ${name}'s new process: ${(error as Error).message}`),
    );
  };

  try {
    const genesis = await startChain(context, supervisor, signal);
    saving = keepSaving(paths, rpcUrl, (error) => progress.note(`The chain was not saved: ${error.message}`));
    await startRest(context, supervisor, signal);
    devnet = { genesis, file: fileOf(genesis, supervisor), supervisor, stop };
    await writeDevnetFile(paths.devnetFile, devnet.file);
    return devnet;
  } catch (error) {
    await stop(context.hurry);
    throw error;
  }
}

function createSupervisor({ paths, progress }: Launch, onRestarted: (name: string) => void): Supervisor {
  return new Supervisor({
    table: createProcessTable(paths.pidsFile),
    events: {
      onDied: (name, how, restartMs) =>
        progress.note(
          `${name} ended (${how}); it is started again in ${restartMs / 1000} s. Its log: ${paths.logFile(name)}${name === "chain" ? "\n  Blocks since its last save are lost: a few seconds." : ""}`,
        ),
      onRestarted: (name, pid) => {
        progress.note(`${name} runs again (process ${pid}).`);
        onRestarted(name);
      },
      onRestartFailed: (_name, error, restartMs) => progress.note(`${error.message}\n  Next try in ${restartMs / 1000} s.`),
    },
  });
}

/** Chain and IPFS, and the genesis if there was none. */
async function startChain(context: Launch, supervisor: Supervisor, signal: AbortSignal): Promise<Genesis> {
  const { paths, settings, ports, progress, made } = context;
  let startsAt: number | undefined;
  const startBoth = () =>
    progress.step("Chain and IPFS", () =>
      Promise.all([
        supervisor.start(chainSpec(paths, ports.rpc, () => startsAt), signal),
        supervisor.start(ipfsSpec(paths, ports), signal),
      ]),
    );
  if (made !== undefined) {
    await startBoth();
    return made;
  }
  await clearUnfinishedGenesis(paths);
  await progress.step("Contracts compiled", () => compileContracts(signal));
  startsAt = genesisTimestamp(settings.epochSeconds);
  await startBoth();
  const genesis = await progress.step("Genesis: contracts deployed, nodes registered, channels funded", (say) =>
    runGenesis({ paths, settings, onStep: say }, signal),
  );
  startsAt = undefined;
  return genesis;
}

async function startRest(context: Launch, supervisor: Supervisor, signal: AbortSignal): Promise<void> {
  const { paths, settings, ports, progress } = context;
  const one = (title: string, spec: ChildSpec) => (either: AbortSignal) => progress.step(title, () => supervisor.start(spec, either));
  const nodes = (either: AbortSignal) =>
    progress.step(`${settings.nodes} relay nodes`, async (say) => {
      let up = 0;
      const startNode = (index: number) => async (all: AbortSignal) => {
        await supervisor.start(nodeSpec(paths, index), all);
        say(`${++up} of ${settings.nodes}`);
      };
      await together(Array.from({ length: settings.nodes }, (_, index) => startNode(index)), either);
    });
  const startClient = one("Client", clientSpec(paths));
  await together(
    [
      (either) => nodes(either).then(() => startClient(either)),
      one("Test origin", originSpec(paths, ports)),
      one("Workers", workersSpec(paths, ports, settings.nodes)),
      one("Dashboard", dashboardSpec(paths)),
      one("Indexer", indexerSpec(paths, ports, choiceOf(settings))),
    ],
    signal,
  );
  await progress.step("First circuit", () => waitForTraffic(ports, paths, signal));
}

/** The first failure ends the other work too; all of it has ended when the error is thrown. */
async function together(work: ((signal: AbortSignal) => Promise<unknown>)[], signal: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const errors: unknown[] = [];
  await Promise.all(
    work.map((start) =>
      start(either).catch((error: unknown) => {
        errors.push(error);
        failed.abort(error);
      }),
    ),
  );
  if (errors.length > 0) throw errors[0];
}

function fileOf(genesis: Genesis, supervisor: Supervisor): DevnetFile {
  const children = Object.fromEntries(supervisor.names().map((name) => [name, supervisor.pid(name) ?? null]));
  return devnetFileOf(genesis, { launcher: process.pid, children });
}
