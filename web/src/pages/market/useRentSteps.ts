import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getCode, signTypedData } from "viem/actions";
import { useClient, useConnection } from "wagmi";
import type { Reader } from "../../../../chain/client.ts";
import { permitRentCall } from "../../../../chain/permitRentCall.ts";
import { readListing } from "../../../../chain/readListing.ts";
import { marketplaceAbi } from "../../../../core/abi/Marketplace.ts";
import { getConfig } from "../../config.ts";
import { useApproval } from "../../tx/useApproval.ts";
import type { Step } from "../../tx/useTransaction.ts";
import { exactX0t } from "../../ui/Amount.tsx";

/** EIP-7702: an ordinary account that lets a contract act for it still signs by its key. */
const DELEGATED = "0xef0100";
/** EIP-1193 and EIP-1474 for "this wallet cannot do that". */
const UNSUPPORTED = new Set([4200, -32601, -32004]);

/**
 * The steps that rent: a permit and one transaction, or an exact approval before it for accounts that are contracts
 * (a permit is signed by a key) and for wallets that cannot sign typed data.
 */
export function useRentSteps(rent: { listing: number; node: number; epochs: number; amountWei: bigint } | undefined): { steps: readonly Step[]; way: "permit" | "approve"; setWay: (way: "permit" | "approve") => void; isContract: boolean } {
  const client = useClient();
  const { address } = useConnection();
  const { contracts, chainId } = getConfig().contracts;
  const [chosen, setWay] = useState<"permit" | "approve">("permit");
  const { data: isContract = false } = useQuery({
    queryKey: ["is contract", address],
    enabled: address !== undefined && client !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const code = client === undefined || address === undefined ? undefined : await getCode(client, { address });
      return code !== undefined && code !== "0x" && !code.startsWith(DELEGATED);
    },
  });
  const way = isContract ? "approve" : chosen;
  const approval = useApproval(contracts.Marketplace, rent?.amountWei);
  if (rent === undefined) return { steps: [], way, setWay, isContract };
  const { listing, node, epochs, amountWei } = rent;
  const plain = { address: contracts.Marketplace, abi: marketplaceAbi, functionName: "rent", args: [BigInt(listing), epochs] };
  const title = `Rent node ${node} for ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
  const locks = `locks ${exactX0t(amountWei)} X0T of yours in the Marketplace ${contracts.Marketplace}`;
  if (way === "approve") {
    const rentStep: Step = {
      title,
      effect: `It ${locks}.`,
      trial: [plain],
      call: async () => {
        await requirePrice(client, { listing, epochs, amountWei });
        return plain;
      },
    };
    const steps = approval === undefined ? [] : [...approval, rentStep];
    return { steps, way, setWay, isContract };
  }
  const step: Step = {
    title,
    effect: `Your wallet asks twice. First for a signature (a permit, valid for 30 minutes): it lets exactly this amount be taken, once. Then for the one transaction, which ${locks}.`,
    // As if the permit were given; without one if there is an allowance already.
    trial: [...(approval ?? []).flatMap(({ call }) => (typeof call === "function" ? [] : [call])), plain],
    call: async (wallet) => {
      if (client === undefined) throw new Error("Connect a wallet first.");
      const owner = {
        address: wallet.account.address,
        signTypedData: (typed: Parameters<Parameters<typeof permitRentCall>[1]["permit"]["owner"]["signTypedData"]>[0]) => signTypedData(wallet, { ...typed, account: wallet.account }),
      };
      await requirePrice(client, { listing, epochs, amountWei });
      try {
        return await permitRentCall(client, { token: contracts.X0TToken, marketplace: contracts.Marketplace, listing: BigInt(listing), epochs, amountWei, permit: { chainId, owner } });
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        setWay("approve");
        throw new Error("Your wallet cannot sign a permit. The form now approves the exact amount in a transaction of its own: close this message and press the button again.", { cause: error });
      }
    },
  };
  return { steps: approval === undefined ? [] : [step], way, setWay, isContract };
}

/** With an allowance left, the contract would take what the listing costs, not what the page showed. */
async function requirePrice(client: Reader | undefined, { listing, epochs, amountWei }: { listing: number; epochs: number; amountWei: bigint }): Promise<void> {
  if (client === undefined) throw new Error("Connect a wallet first.");
  const { pricePerEpoch } = await readListing(client, { marketplace: getConfig().contracts.contracts.Marketplace, listing: BigInt(listing) });
  if (pricePerEpoch * BigInt(epochs) !== amountWei) throw new Error(`On the chain this offer costs ${exactX0t(pricePerEpoch)} X0T an epoch. Nothing was sent; load the page again.`);
}

function isUnsupported(error: unknown): boolean {
  for (let each = error as { code?: unknown; cause?: unknown } | null | undefined, depth = 0; each != null && depth < 10; each = each.cause as typeof each, depth++) {
    if (typeof each.code === "number" && UNSUPPORTED.has(each.code)) return true;
  }
  return false;
}

