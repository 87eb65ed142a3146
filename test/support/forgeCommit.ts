import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { commitProofs } from "../../chain/commitProofs.ts";
import { createReader } from "../../chain/createReader.ts";
import { findNode } from "../../chain/findNode.ts";
import { readHead } from "../../chain/readHead.ts";
import { encodeBundle } from "../../core/bundle.ts";
import { blockDigest } from "../../core/cid.ts";
import { epochAt } from "../../core/epochTime.ts";
import { parametersOf } from "../../core/parameters.ts";
import { receiptsRoot, type Receipt } from "../../core/receiptTree.ts";
import { createIpfsClient } from "../../runtime/ipfsClient.ts";
import { createLogger } from "../../runtime/logger.ts";
import { signerOf } from "../../runtime/mlDsa.ts";
import { createTxQueue } from "../../runtime/txQueue.ts";
import { readHome } from "../../workers/workerNode.ts";

/**
 * Waits for the end of the present epoch and forges its commit at once: before the node's own worker, which lets the last
 * receipts come in first. @returns the epoch and the commit's cid digest.
 */
export async function forgeAtEpochEnd(home: string, parameters: { bitmap: bigint; signal: AbortSignal }): Promise<{ epoch: number; cid: Hex }> {
  const { config } = await readHome(home);
  const client = createReader({ chainId: config.chainId, rpcUrls: config.rpcUrls });
  const epochOf = async () => epochAt(parametersOf(config.parameters), (await readHead(client)).timestamp);
  const epoch = await epochOf();
  while ((await epochOf()) === epoch) await delay(100, undefined, { signal: parameters.signal });
  return { epoch, cid: await forgeCommit(home, { epoch, bitmap: parameters.bitmap }) };
}

/**
 * Makes a node lie: commits `bitmap` for `epoch` with a well-formed, signed and published bundle that holds no receipts.
 * `committed`: receipts under the commit's root that the bundle hides. For tests of the challenge game only. @returns the commit's cid digest.
 */
export async function forgeCommit(
  home: string,
  parameters: { epoch: number; bitmap: bigint; publish?: boolean; committed?: readonly Receipt[] },
): Promise<Hex> {
  const { epoch, bitmap, committed = [] } = parameters;
  const { config, keys } = await readHome(home);
  const { chainId, contracts } = config.contracts;
  const client = createReader({ chainId, rpcUrls: config.rpcUrls });
  const node = await findNode(client, { registry: contracts.NodeRegistry, nodeId: keys.nodeId });
  if (node === undefined) throw new Error(`${home} is not registered`);
  const block = encodeBundle(
    { version: 1, chainId, ledger: contracts.ProofLedger, node, publicKey: keys.publicKey, epoch, bitmap, relayedBytes: 0, receipts: [] },
    signerOf(keys.identity),
  );
  const cid = parameters.publish === false ? blockDigest(block) : await createIpfsClient({ url: config.ipfsUrl }).putBlock(block);
  const queue = createTxQueue({ client, account: privateKeyToAccount(keys.hotKey), chainId, log: createLogger("forge", "silent") });
  await commitProofs(queue, {
    ledger: contracts.ProofLedger,
    commits: [{ node, epoch, bitmap, receiptsRoot: receiptsRoot(committed), relayedBytes: 0n, cid }],
  });
  queue.close();
  return cid;
}
