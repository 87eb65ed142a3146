import { createPublicClient, defineChain, fallback, http, type Chain } from "viem";

const TIMEOUT_MS = 10_000;

/** @param chainId what the RPC endpoints serve. */
export function chainOf(chainId: number, rpcUrls: readonly string[]): Chain {
  return defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: rpcUrls } },
  });
}

/**
 * A client over 1 to 4 RPC endpoints: the next one serves when one fails. Calls made together travel as one JSON-RPC
 * batch, so reading a thousand nodes costs ten requests.
 */
export function createReader(parameters: { chainId: number; rpcUrls: readonly string[]; timeoutMs?: number }) {
  const { chainId, rpcUrls } = parameters;
  const transports = rpcUrls.map((url) =>
    http(url, { batch: { batchSize: 100 }, timeout: parameters.timeoutMs ?? TIMEOUT_MS, retryCount: 1, retryDelay: 100 }),
  );
  const [only] = transports;
  return createPublicClient({
    chain: chainOf(chainId, rpcUrls),
    transport: transports.length === 1 && only !== undefined ? only : fallback(transports, { retryCount: 1 }),
    cacheTime: 0,
    pollingInterval: 250,
  });
}
