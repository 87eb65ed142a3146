import { useQuery } from "@tanstack/react-query";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { useConnection, useClient } from "wagmi";
import { x0tTokenAbi } from "../../../core/abi/X0TToken.ts";
import { getConfig } from "../config.ts";
import { exactX0t } from "../ui/Amount.tsx";
import type { Step } from "./useTransaction.ts";

/**
 * The step before one in which `spender` takes X0T: an approval of exactly that amount, or none if there is enough.
 * @returns undefined while the allowance is not known.
 */
export function useApproval(spender: Address, amountWei: bigint | undefined): readonly Step[] | undefined {
  const client = useClient();
  const { address } = useConnection();
  const token = getConfig().contracts.contracts.X0TToken;
  const { data: allowance } = useQuery({
    queryKey: ["allowance", address, spender],
    enabled: address !== undefined && client !== undefined,
    queryFn: () => {
      if (address === undefined || client === undefined) throw new Error("no account");
      return readContract(client, { address: token, abi: x0tTokenAbi, functionName: "allowance", args: [address, spender] });
    },
  });
  if (amountWei === undefined || allowance === undefined) return undefined;
  if (allowance >= amountWei) return [];
  return [
    {
      title: `Approve exactly ${exactX0t(amountWei)} X0T`,
      effect: `Lets the contract ${spender} take exactly ${exactX0t(amountWei)} X0T of yours, once. Nothing moves yet.`,
      call: { address: token, abi: x0tTokenAbi, functionName: "approve", args: [spender, amountWei] },
    },
  ];
}
