import { useQuery } from "@tanstack/react-query";
import { simulateContract } from "viem/actions";
import { useConnection, useClient } from "wagmi";
import type { ContractCall } from "../../../chain/client.ts";
import { getConfig } from "../config.ts";
import { explainError } from "./explainError.ts";

/** Whether a call would pass now, from the connected account. */
export type Simulation = { state: "off" | "asking" | "passes" } | { state: "refused"; why: string };

const REFRESH_MS = 6_000;

/** Tries the call on the chain's newest state, again every few seconds; undefined tries nothing. */
export function useSimulation(call: ContractCall | undefined): Simulation {
  const client = useClient();
  const { address } = useConnection();
  const key = call === undefined ? null : [call.address, call.functionName, call.args.map(textOf)];
  const { data } = useQuery({
    queryKey: ["simulation", getConfig().contracts.chainId, address, key],
    enabled: call !== undefined && address !== undefined && client !== undefined,
    refetchInterval: REFRESH_MS,
    staleTime: 0,
    queryFn: async (): Promise<Simulation> => {
      if (call === undefined || address === undefined || client === undefined) return { state: "off" };
      try {
        await simulateContract(client, { ...call, account: address });
        return { state: "passes" };
      } catch (error) {
        return { state: "refused", why: (await explainError(error, call.functionName)).message };
      }
    },
  });
  if (call === undefined || address === undefined) return { state: "off" };
  return data ?? { state: "asking" };
}

const textOf = (value: unknown): unknown =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));
