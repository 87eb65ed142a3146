import assert from "node:assert/strict";
import { parseAbi } from "viem";
import { epochRewardsAbi } from "../../../core/abi/EpochRewards.ts";
import { guardianSeatAbi } from "../../../core/abi/GuardianSeat.ts";
import { x0tGovernorAbi } from "../../../core/abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "../../../core/abi/X0TTimelock.ts";
import type { ProtocolChain } from "../../support/protocolChain.ts";
import type { RunningIndexer } from "./indexerProcess.ts";

const SAFE_ABI = parseAbi(["function getOwners() view returns (address[])", "function getThreshold() view returns (uint256)"]);
/** TimelockController.OperationState. */
const OPERATION_STATES = ["cancelled", "scheduled", "scheduled", "executed"];

interface Answer {
  settings: { items: { name: string; value: string }[] };
  timelockOperations: { items: { id: `0x${string}`; state: string; callCount: number; executedCalls: number; proposal: string | null; executableAt: string; calls: { totalCount: number } }[] };
  timelockRoles: { items: { role: `0x${string}`; account: `0x${string}`; held: boolean }[] };
  networks: { items: { guardian: string | null; pausedUntil: string; proposals: number }[] };
  proposals: { items: { id: string; timelockId: string | null }[] };
  guardianSafes: { items: { threshold: number; ownerCount: number }[] };
  guardianOwners: { items: { address: string; removedAt: string | null }[] };
}

/** What governance set, what the timelock holds, and who the guardian is. */
export async function compareGovernance(indexer: RunningIndexer, chain: ProtocolChain): Promise<void> {
  const { client, contracts } = chain;
  const answer = await indexer.query<Answer>(`{ settings { items { name value } }
    timelockOperations { items { id state callCount executedCalls proposal executableAt calls { totalCount } } }
    timelockRoles { items { role account held } } networks { items { guardian pausedUntil proposals } }
    proposals { items { id timelockId } }
    guardianSafes { items { threshold ownerCount } } guardianOwners { items { address removedAt } } }`);
  const governor = { address: contracts.X0TGovernor, abi: x0tGovernorAbi } as const;
  const timelock = { address: contracts.X0TTimelock, abi: x0tTimelockAbi } as const;
  const rewards = { address: contracts.EpochRewards, abi: epochRewardsAbi } as const;
  const seat = { address: contracts.GuardianSeat, abi: guardianSeatAbi } as const;
  const safe = { address: contracts.GuardianSafe, abi: SAFE_ABI } as const;
  // What is set now holds from the next epoch on.
  const next = [BigInt((await chain.epoch()) + 1)] as const;
  const settings = {
    votingDelay: client.readContract({ ...governor, functionName: "votingDelay" }),
    votingPeriod: client.readContract({ ...governor, functionName: "votingPeriod" }),
    lateQuorumExtension: client.readContract({ ...governor, functionName: "lateQuorumVoteExtension" }),
    proposalThreshold: client.readContract({ ...governor, functionName: "proposalThreshold" }),
    timelockDelay: client.readContract({ ...timelock, functionName: "getMinDelay" }),
    poolPerEpoch: client.readContract({ ...rewards, functionName: "poolPerEpochAt", args: next }),
    targetStake: client.readContract({ ...rewards, functionName: "targetStakeAt", args: next }),
  };
  const known = new Map(answer.settings.items.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(settings)) assert.equal(known.get(name), String(await value), name);
  assert.equal(known.size, Object.keys(settings).length);
  for (const { id, state, callCount, executedCalls, proposal, executableAt, calls } of answer.timelockOperations.items) {
    const is = await client.readContract({ ...timelock, functionName: "getOperationState", args: [id] });
    assert.equal(state, OPERATION_STATES[is], `operation ${id}`);
    assert.deepEqual([calls.totalCount, executedCalls], [callCount, state === "executed" ? callCount : 0]);
    assert.equal(answer.proposals.items.find((row) => row.id === proposal)?.timelockId, id, "each is of a proposal, as the Governor queued it");
    const at = await client.readContract({ ...timelock, functionName: "getTimestamp", args: [id] });
    if (state === "scheduled") assert.equal(executableAt, String(at));
  }
  assert.ok(answer.timelockRoles.items.length >= 4);
  for (const { role, account, held } of answer.timelockRoles.items) {
    assert.equal(held, await client.readContract({ ...timelock, functionName: "hasRole", args: [role, account] }), `${role} of ${account}`);
  }
  const [network] = answer.networks.items;
  assert.equal(network?.guardian, (await client.readContract({ ...seat, functionName: "guardian" })).toLowerCase());
  assert.equal(network.pausedUntil, String(await client.readContract({ ...seat, functionName: "pausedUntil" })));
  assert.equal(network.proposals, answer.proposals.items.length);
  const owners = await client.readContract({ ...safe, functionName: "getOwners" });
  const threshold = Number(await client.readContract({ ...safe, functionName: "getThreshold" }));
  assert.deepEqual(answer.guardianSafes.items, [{ threshold, ownerCount: owners.length }]);
  const present = answer.guardianOwners.items.filter(({ removedAt }) => removedAt === null).map(({ address }) => address);
  assert.deepEqual(present.sort(), owners.map((owner) => owner.toLowerCase()).sort());
}
