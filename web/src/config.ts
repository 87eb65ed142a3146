import { parametersOf, type ProtocolParameters } from "../../core/parameters.ts";
import type { WebConfig } from "../../core/webConfig.ts";

export interface Config extends Omit<WebConfig, "parameters"> {
  parameters: ProtocolParameters;
  isDevnet: boolean;
}

/** @throws Error in words for the page */
export async function loadConfig(signal: AbortSignal): Promise<Config> {
  const response = await fetch("./config.json", { signal });
  if (!response.ok) throw new Error(`config.json could not be read: the server answered ${response.status}.`);
  const config = (await response.json()) as WebConfig;
  const here = (url: string) => new URL(url, document.baseURI).href.replace(/\/$/, "");
  const orNull = (url: string | null) => (url === null ? null : here(url));
  return {
    ...config,
    rpcUrl: here(config.rpcUrl),
    graphqlUrl: here(config.graphqlUrl),
    ipfsUrl: here(config.ipfsUrl),
    client: config.client === null ? null : { ...config.client, apiUrl: here(config.client.apiUrl), testUrl: orNull(config.client.testUrl) },
    nodesUrl: orNull(config.nodesUrl),
    faucetUrl: orNull(config.faucetUrl),
    parameters: parametersOf(config.parameters),
    isDevnet: config.parameters !== "production",
  };
}

let current: Config | undefined;

/** Called once, before the first page is drawn. */
export function useAsConfig(config: Config): void {
  current = config;
}

export function getConfig(): Config {
  if (current === undefined) throw new Error("the configuration is not loaded yet");
  return current;
}
