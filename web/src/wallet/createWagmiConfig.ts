import { http } from "viem";
import { createConfig, type Config as WagmiConfig } from "wagmi";
import { injected } from "wagmi/connectors";
import { chainOf } from "../../../chain/createReader.ts";
import type { Config } from "../config.ts";
import { burner } from "./burner.ts";

const TIMEOUT_MS = 10_000;
const POLL_MS = 1_000;

/** One chain, one RPC endpoint; wallets that announce themselves (EIP-6963), and on a devnet a burner. */
export function createWagmiConfig(config: Config): WagmiConfig {
  const { chainId } = config.contracts;
  const chain = { ...chainOf(chainId, [config.rpcUrl]), name: config.name };
  return createConfig({
    chains: [chain],
    multiInjectedProviderDiscovery: true,
    connectors: [...(config.faucetUrl === null ? [] : [burner({ chain, rpcUrl: config.rpcUrl })]), injected()],
    transports: { [chainId]: http(config.rpcUrl, { batch: { batchSize: 50 }, timeout: TIMEOUT_MS, retryCount: 1 }) },
    pollingInterval: POLL_MS,
  });
}
