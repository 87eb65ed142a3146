import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { trackTransaction } from "@nomicfoundation/ignition-core";
import type { EthereumProvider } from "hardhat/types/providers";
import { toHex, type Hash } from "viem";
import { X0tError } from "../core/x0tError.ts";
import { writeFileAtomic } from "../runtime/atomicFile.ts";

/** How far back a transaction whose hash was not noted is looked for. */
const SEARCHED_BLOCKS = 256;

interface JournalLine {
  type: string;
  futureId?: string;
  /** Sender, in the line that begins a step. */
  from?: string;
  nonce?: number;
  receipt?: { blockNumber: number };
  /** Of a deployment that is done. */
  result?: { address?: string };
}

interface Step {
  from?: string;
  /** Prepared, but no hash was noted. */
  nonce?: number;
  sent: boolean;
}

/** The block of the first confirmed transaction. */
export async function firstBlock(deploymentDir: string): Promise<number> {
  const lines = (await readJournal(deploymentDir)).map(({ line }) => line);
  const confirmed = lines.filter(({ type }) => type === "TRANSACTION_CONFIRM");
  return Math.min(...confirmed.map(({ receipt }) => receipt?.blockNumber ?? Infinity));
}

/**
 * Ignition cannot go on where a process was killed between two lines of one step. This makes its journal whole: a step
 * whose transaction never went out is forgotten, one that did go out gets its hash.
 * @throws X0T_DEPLOY_FAILED while such a transaction is not mined
 */
export async function repairJournal(deploymentDir: string, provider: EthereumProvider): Promise<void> {
  const journal = await readJournal(deploymentDir);
  const unsent = new Set<string>();
  const lost: Hash[] = [];
  for (const [futureId, step] of stepsOf(journal.map(({ line }) => line))) {
    if (step.sent || step.from === undefined) continue;
    const hash = step.nonce === undefined ? undefined : await findTransaction(provider, step.from, step.nonce);
    if (hash === undefined) unsent.add(futureId);
    else lost.push(hash);
  }
  const kept = journal.filter(({ line }) => line.futureId === undefined || !unsent.has(line.futureId));
  // A torn last line is gone by now too.
  if (journal.length > 0) await writeFileAtomic(join(deploymentDir, "journal.jsonl"), `\n${kept.map(({ text }) => `${text}\n`).join("")}`);
  await repairAddresses(deploymentDir, journal.map(({ line }) => line));
  for (const hash of lost) await trackTransaction(deploymentDir, hash, provider);
}

/** Ignition writes its list of addresses in place: a process killed meanwhile leaves it torn. The journal has them all. */
async function repairAddresses(deploymentDir: string, lines: readonly JournalLine[]): Promise<void> {
  const file = join(deploymentDir, "deployed_addresses.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined || isJson(text)) return;
  const deployed = lines.flatMap(({ futureId, result }) => (futureId === undefined || result?.address === undefined ? [] : [[futureId, result.address] as const]));
  await writeFileAtomic(file, `${JSON.stringify(Object.fromEntries(deployed), null, 2)}\n`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @returns the whole lines; none if there is no journal yet. */
async function readJournal(deploymentDir: string): Promise<{ text: string; line: JournalLine }[]> {
  const journal = await readFile(join(deploymentDir, "journal.jsonl"), "utf8").catch(() => "");
  const whole = journal.slice(0, journal.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => ({ text, line: JSON.parse(text) as JournalLine }));
}

function stepsOf(lines: readonly JournalLine[]): Map<string, Step> {
  const steps = new Map<string, Step>();
  for (const { type, futureId, from, nonce } of lines) {
    if (futureId === undefined) continue;
    const step = steps.get(futureId) ?? { sent: false };
    if (from !== undefined) step.from = from;
    if (type === "TRANSACTION_PREPARE_SEND" && nonce !== undefined) step.nonce = nonce;
    if (type === "TRANSACTION_SEND" || type.endsWith("_COMPLETE")) step.sent = true;
    steps.set(futureId, step);
  }
  return steps;
}

/** @returns undefined if no transaction with this nonce went out. @throws X0T_DEPLOY_FAILED if one did, but is not mined */
async function findTransaction(provider: EthereumProvider, from: string, nonce: number): Promise<Hash | undefined> {
  const sent = Number(await provider.request({ method: "eth_getTransactionCount", params: [from, "pending"] }));
  if (sent <= nonce) return undefined;
  const head = Number(await provider.request({ method: "eth_blockNumber" }));
  for (let number = head; number >= 0 && number > head - SEARCHED_BLOCKS; number--) {
    const params = [toHex(number), true];
    const block = (await provider.request({ method: "eth_getBlockByNumber", params })) as {
      transactions: { hash: Hash; from: string; nonce: string }[];
    };
    const found = block.transactions.find(
      (transaction) => transaction.from.toLowerCase() === from.toLowerCase() && Number(transaction.nonce) === nonce,
    );
    if (found !== undefined) return found.hash;
  }
  throw new X0tError(
    "X0T_DEPLOY_FAILED",
    `Transaction ${nonce} of ${from} was sent but is in none of the last ${SEARCHED_BLOCKS} blocks. Wait until it is mined, then deploy again.`,
    { retryable: true, data: { from, nonce } },
  );
}
