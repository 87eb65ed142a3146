import { useQuery } from "@tanstack/react-query";
import { getConfig } from "../../config.ts";
import type { ClientStatus } from "./clientStatus.ts";

const REFRESH_MS = 2_000;
const DEADLINE_MS = 5_000;

/** The client on this machine, asked again every two seconds; not asked where there is none. */
export function useClientStatus() {
  return useQuery({
    queryKey: ["client status"],
    enabled: getConfig().client !== null,
    queryFn: ({ signal }) => readClientStatus(signal),
    refetchInterval: REFRESH_MS,
    retry: false,
  });
}

/** @throws Error in words for people */
export async function readClientStatus(signal: AbortSignal): Promise<ClientStatus> {
  const { client } = getConfig();
  if (client === null) throw new Error("There is no client on this machine.");
  const response = await fetch(`${client.apiUrl}/v1/status`, { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new Error("This page's server does not answer. On a devnet: is ./x0t up still running?", { cause });
  });
  if (!response.ok) throw new Error("The client on this machine does not answer. Is ./x0t up, or ./x0t connect, still running?");
  return (await response.json()) as ClientStatus;
}
