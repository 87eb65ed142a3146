import { setTimeout as delay } from "node:timers/promises";
import type { LocalAccount } from "viem";
import { slotSeconds } from "../core/epochTime.ts";
import { parametersOf } from "../core/parameters.ts";
import { X0tError } from "../core/x0tError.ts";
import type { IpfsClient } from "../runtime/ipfsClient.ts";
import { firstLine } from "../runtime/logError.ts";
import type { Logger } from "../runtime/logger.ts";
import { translateRpc } from "../runtime/rpcRetry.ts";
import type { TxMetrics } from "../runtime/txMetrics.ts";
import { createTxQueue } from "../runtime/txQueue.ts";
import { createAnswerChallenges } from "./answerChallenges.ts";
import type { ChainView } from "./chainView.ts";
import { createCheckFunds } from "./checkFunds.ts";
import { createClaimRewards } from "./claimRewards.ts";
import { createEnforceVoid } from "./enforceVoid.ts";
import { createJanitor } from "./janitor.ts";
import { createJobRunner, type JobRunner } from "./jobRunner.ts";
import type { WorkerMetrics } from "./metrics.ts";
import { createKeepChannels } from "./keepChannels.ts";
import { createPokeSeed } from "./pokeSeed.ts";
import { createPublishProofs } from "./publishProofs.ts";
import { createRedeemVouchers } from "./redeemVouchers.ts";
import { createWatchProofs } from "./watchProofs.ts";
import type { WorkerConfig } from "./workerConfig.ts";
import { openWorkerNode, readHome, type WorkerNode } from "./workerNode.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** What is asked first is what has the nearest deadline. */
export const JOBS = [
  createAnswerChallenges,
  createPublishProofs,
  createWatchProofs,
  createEnforceVoid,
  createPokeSeed,
  createRedeemVouchers,
  createClaimRewards,
  createKeepChannels,
  createJanitor,
  createCheckFunds,
];

export interface NodeWorkerDeps {
  log: Logger;
  metrics: WorkerMetrics;
  txMetrics: TxMetrics;
  /** Shared by nodes of one network. */
  networkOf(config: WorkerConfig): { view: ChainView; ipfs: IpfsClient };
}

export interface NodeWorkerStatus {
  home: string;
  index?: number;
  state: "starting" | "running" | "waiting";
  /** Why it waits, or by job what failed last. */
  problems: string[];
}

/** All jobs of one node. Whatever goes wrong here stays here: it is logged, and tried again. */
export interface NodeWorker {
  status(): NodeWorkerStatus;
  /** Resolves when `stop` was aborted and the jobs under way have ended. */
  done: Promise<void>;
}

export function startNodeWorker(home: string, deps: NodeWorkerDeps, stop: AbortSignal): NodeWorker {
  const log = deps.log.child({ home });
  let node: WorkerNode | undefined;
  let runners: JobRunner[] = [];
  let problem: string | undefined;

  let files: Awaited<ReturnType<typeof readHome>> | undefined;
  const open = async () => {
    files ??= await readHome(home);
    const { config, keys } = files;
    const network = deps.networkOf(config);
    const createSender = (account: LocalAccount) => {
      const { client } = network.view;
      const sender = createTxQueue({ client, account, chainId: config.chainId, log, metrics: deps.txMetrics });
      stop.addEventListener("abort", () => sender.close(), { once: true });
      return sender;
    };
    const opened = await openWorkerNode({ path: home, config, keys }, { createSender, log, metrics: deps.metrics, ...network });
    log.info({ node: opened.index, nodeId: opened.nodeId, hotKey: opened.account.address }, "working for node");
    return opened;
  };

  const work = async (opened: WorkerNode) => {
    const tick = await opened.view.tick();
    deps.metrics.headTimestamp.set(tick.timestamp);
    for (const runner of runners) runner.start(tick);
  };

  const loop = async () => {
    let failures = 0;
    while (!stop.aborted) {
      try {
        if (node === undefined) {
          node = await open();
          const opened = node;
          runners = JOBS.map((create) => createJobRunner(opened, create(opened), stop));
        }
        await work(node);
        if (failures > 0) log.info({ failures }, "the chain answers again");
        failures = 0;
        problem = undefined;
        await pause(tickMs(node), stop);
      } catch (thrown) {
        if (stop.aborted) break;
        const error = translateRpc(thrown);
        problem = said(error);
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
        // Once at the start and then about twice an hour: an outage must not fill the disk.
        const level = error instanceof X0tError && error.retryable ? "warn" : "error";
        if (failures === 1 || failures % 60 === 0) log[level]({ retryInMs: pauseMs }, problem);
        await pause(pauseMs, stop);
      }
    }
    await Promise.all(runners.map((runner) => runner.idle()));
  };

  return {
    done: loop(),
    status: () => ({
      home,
      ...(node !== undefined && { index: node.index }),
      state: problem !== undefined ? "waiting" : node === undefined ? "starting" : "running",
      problems: [problem, ...runners.map((runner) => named(runner))].filter((text) => text !== undefined),
    }),
  };
}

function named(runner: JobRunner): string | undefined {
  const error = runner.lastError();
  return error === undefined ? undefined : `${runner.name}: ${error}`;
}

function said(error: unknown): string {
  return error instanceof X0tError ? `${error.code}: ${error.message}` : firstLine(error);
}

/** Several looks a slot; jobs that have nothing to do ask nothing. */
function tickMs(node: WorkerNode): number {
  return Math.min(3_000, Math.max(250, (slotSeconds(node.parameters) * 1000) / 4));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** The development and production networks alike: their parameters must be those of the config. */
export function networkKey(config: WorkerConfig): string {
  return JSON.stringify([config.chainId, config.rpcUrls, config.contracts, parametersOf(config.parameters).epochSeconds, config.ipfsUrl]);
}
