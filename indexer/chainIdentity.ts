import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createPublicClient, http, type Hex, type PublicClient } from "viem";
import type { AddressBook } from "../core/addressBook.ts";
import { X0tError } from "../core/x0tError.ts";
import type { IndexerEnvironment } from "./environment.ts";

const RETRY_MS = 250;
const REQUEST_MS = 5_000;

export function createChainClient(rpcUrl: string, timeoutMs = REQUEST_MS): PublicClient {
  return createPublicClient({ transport: http(rpcUrl, { timeout: timeoutMs, retryCount: 0 }) });
}

/**
 * A name for one chain with one deployment on it: another genesis, another deployment or other parameters give another
 * name, so that nothing indexed of a chain that was wiped can be taken for the new one's.
 * @throws X0T_WRONG_CHAIN, X0T_CHAIN_UNREACHABLE (retryable)
 */
export async function readChainIdentity(
  client: PublicClient,
  environment: Pick<IndexerEnvironment, "addressBook" | "parameterChoice" | "rpcUrl">,
  signal: AbortSignal,
): Promise<string> {
  const { addressBook, parameterChoice } = environment;
  const hashes = await untilReachable(() => readHashes(client, addressBook), environment.rpcUrl, signal);
  return createHash("sha256")
    .update(JSON.stringify([hashes, addressBook, parameterChoice]))
    .digest("hex")
    .slice(0, 12);
}

async function readHashes(client: PublicClient, addressBook: AddressBook): Promise<Hex[]> {
  const chainId = await client.getChainId();
  if (chainId !== addressBook.chainId) {
    throw new X0tError("X0T_WRONG_CHAIN", `The chain answers as ${chainId}, the address book is of ${addressBook.chainId}.`);
  }
  const head = await client.getBlockNumber({ cacheTime: 0 });
  if (head < BigInt(addressBook.deployBlock)) {
    const message = `The contracts were deployed in block ${addressBook.deployBlock}, but the chain ends at ${head}. Deploy again.`;
    throw new X0tError("X0T_WRONG_CHAIN", message);
  }
  const code = await client.getCode({ address: addressBook.contracts.X0TToken });
  if (code === undefined) {
    const message = `There is no X0TToken at ${addressBook.contracts.X0TToken} on this chain. Deploy again.`;
    throw new X0tError("X0T_WRONG_CHAIN", message);
  }
  const blocks = [0n, BigInt(addressBook.deployBlock)].map((blockNumber) => client.getBlock({ blockNumber }));
  return (await Promise.all(blocks)).map((block) => block.hash);
}

async function untilReachable<T>(read: () => Promise<T>, rpcUrl: string, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof X0tError) throw cause;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {
        const message = `The chain at ${new URL(rpcUrl).origin} does not answer: ${(cause as Error).message.split("\n")[0]}`;
        throw new X0tError("X0T_CHAIN_UNREACHABLE", message, { retryable: true, cause });
      });
    }
  }
}
