import { useQuery } from "@tanstack/react-query";
import type { Address } from "viem";
import { useClient } from "wagmi";
import { readBalance } from "../../../chain/readBalance.ts";
import { getConfig } from "../config.ts";

/** X0T and coin for fees of an account, from the chain itself. */
export function useBalances(account: Address | undefined) {
  const client = useClient();
  return useQuery({
    queryKey: ["balances", account],
    enabled: account !== undefined && client !== undefined,
    refetchInterval: 4_000,
    queryFn: () => {
      if (account === undefined || client === undefined) throw new Error("no account");
      return readBalance(client, { token: getConfig().contracts.contracts.X0TToken, account });
    },
  });
}
