import { useQuery } from "@tanstack/react-query";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { useClient } from "wagmi";
import { readProposal } from "../../../../chain/readProposal.ts";
import { readSettings } from "../../../../chain/readSettings.ts";
import { readVotingWeight } from "../../../../chain/readVotingWeight.ts";
import type { Reader } from "../../../../chain/client.ts";
import { guardianSeatAbi } from "../../../../core/abi/GuardianSeat.ts";
import { x0tGovernorAbi } from "../../../../core/abi/X0TGovernor.ts";
import { getConfig } from "../../config.ts";

const REFRESH_MS = 4_000;
const SETTINGS_REFRESH_MS = 15_000;

function useChain<Data>(key: readonly unknown[], read: (client: Reader) => Promise<Data>, options: { isOff?: boolean; refreshMs?: number } = {}) {
  const client = useClient();
  return useQuery({
    queryKey: ["governance", ...key],
    enabled: client !== undefined && options.isOff !== true,
    refetchInterval: options.refreshMs ?? REFRESH_MS,
    queryFn: () => {
      if (client === undefined) throw new Error("The chain does not answer.");
      return read(client);
    },
  });
}

/** What governance may change, as the chain has it now. */
export function useSettings() {
  const book = getConfig().contracts;
  return useChain(["settings"], (client) => readSettings(client, { book }), { refreshMs: SETTINGS_REFRESH_MS });
}

/** State and tallies of one proposal, all of one block; null if the chain has none. */
export function useProposalStatus(proposalId: bigint | undefined) {
  const { X0TGovernor: governor } = getConfig().contracts.contracts;
  return useChain(["proposal", String(proposalId)], async (client) => (await readProposal(client, { governor, proposalId: proposalId ?? 0n })) ?? null, { isOff: proposalId === undefined });
}

/** What the account's vote counts at `snapshotAt`, or now. */
export function useVotingWeight(account: Address | undefined, snapshotAt: number | undefined) {
  const { X0TGovernor: governor, NodeRegistry: registry } = getConfig().contracts.contracts;
  return useChain(["weight", account, snapshotAt ?? "now"], (client) => readVotingWeight(client, { governor, registry, account: account as Address, snapshotAt }), { isOff: account === undefined });
}

export function useHasVoted(account: Address | undefined, proposalId: bigint) {
  const { X0TGovernor: address } = getConfig().contracts.contracts;
  return useChain(["voted", account, String(proposalId)], (client) => readContract(client, { address, abi: x0tGovernorAbi, functionName: "hasVoted", args: [proposalId, account as Address] }), {
    isOff: account === undefined,
  });
}

/** Who may cancel what is queued: today's guardian, and the one of the proposal's time (GOV-3). */
export function useGuardians(proposalId: bigint) {
  const { X0TGovernor: governor, GuardianSeat: seat } = getConfig().contracts.contracts;
  return useChain(
    ["guardians", String(proposalId)],
    async (client) => {
      const [now, then] = await Promise.all([
        readContract(client, { address: seat, abi: guardianSeatAbi, functionName: "guardian" }),
        readContract(client, { address: governor, abi: x0tGovernorAbi, functionName: "guardianOf", args: [proposalId] }),
      ]);
      return [...new Set([now, then])];
    },
    { refreshMs: SETTINGS_REFRESH_MS },
  );
}
