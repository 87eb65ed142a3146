import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getBlock } from "viem/actions";
import { useClient } from "wagmi";
import { getConfig } from "../config.ts";
import { forgetSent } from "../tx/sentTransactions.ts";

const KEY = "x0t.genesis";

/** A devnet that was wiped has the same chain id and addresses, but another first block: wallets keep nonces of the old one. */
export function useChainReset() {
  const client = useClient();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ["genesis"],
    enabled: getConfig().isDevnet && client !== undefined,
    refetchInterval: 10_000,
    queryFn: async () => {
      const block = client === undefined ? undefined : await getBlock(client, { blockNumber: 1n });
      const seen = localStorage.getItem(KEY);
      if (seen === null && block !== undefined) localStorage.setItem(KEY, block.hash);
      return { now: block?.hash ?? null, seen: seen ?? block?.hash ?? null };
    },
  });
  return {
    isReset: data !== undefined && data.now !== null && data.now !== data.seen,
    forget() {
      if (data?.now != null) localStorage.setItem(KEY, data.now);
      forgetSent();
      void queries.invalidateQueries();
    },
  };
}
