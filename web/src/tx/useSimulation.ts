import { useQuery } from "@tanstack/react-query";
import { useConnection, useClient } from "wagmi";
import type { ContractCall } from "../../../chain/client.ts";
import { getConfig } from "../config.ts";
import { explainError } from "./explainError.ts";
import { TrialError, tryCalls } from "./tryCalls.ts";

/** Whether calls would pass now, from the connected account. */
export type Simulation = { state: "off" | "asking" | "passes" } | { state: "refused"; why: string };

const REFRESH_MS = 6_000;

/** Tries the calls on the chain's newest state (`tryCalls`), again every few seconds; none tries nothing. */
export function useSimulation(calls: readonly ContractCall[]): Simulation {
  const client = useClient();
  const { address } = useConnection();
  const isOff = calls.length === 0 || address === undefined;
  const key = calls.map((call) => [call.address, call.functionName, textOf(call.args)]);
  const { data } = useQuery({
    queryKey: ["simulation", getConfig().contracts.chainId, address, key],
    enabled: !isOff && client !== undefined,
    refetchInterval: REFRESH_MS,
    staleTime: 0,
    queryFn: async (): Promise<Simulation> => {
      if (address === undefined || client === undefined) return { state: "off" };
      try {
        await tryCalls(client, { token: getConfig().contracts.contracts.X0TToken, account: address, calls });
        return { state: "passes" };
      } catch (error) {
        const [cause, name] = error instanceof TrialError ? [error.cause, error.functionName] : [error, calls[0]?.functionName ?? ""];
        return { state: "refused", why: (await explainError(cause, name)).message };
      }
    },
  });
  if (isOff) return { state: "off" };
  return data ?? { state: "asking" };
}

const textOf = (value: unknown): unknown =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));
