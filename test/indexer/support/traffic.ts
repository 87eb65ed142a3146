import { encodeFunctionData, keccak256, toHex, type Hex } from "viem";
import { cancelLease } from "../../../chain/cancelLease.ts";
import { cancelProposal } from "../../../chain/cancelProposal.ts";
import { castVote } from "../../../chain/castVote.ts";
import { challengeCommit } from "../../../chain/challengeCommit.ts";
import { claimRewards } from "../../../chain/claimRewards.ts";
import { commitProofs } from "../../../chain/commitProofs.ts";
import { delistListing } from "../../../chain/delistListing.ts";
import { enforceVoid } from "../../../chain/enforceVoid.ts";
import { executeProposal } from "../../../chain/executeProposal.ts";
import { listNode } from "../../../chain/listNode.ts";
import { openChannel } from "../../../chain/openChannel.ts";
import { propose } from "../../../chain/propose.ts";
import { queueProposal } from "../../../chain/queueProposal.ts";
import { redeemVouchers } from "../../../chain/redeemVouchers.ts";
import { registerNode } from "../../../chain/registerNode.ts";
import { rejectEpoch } from "../../../chain/rejectEpoch.ts";
import { rentListing } from "../../../chain/rentListing.ts";
import { settleLeases } from "../../../chain/settleLeases.ts";
import { signVoucher } from "../../../chain/signVoucher.ts";
import { signWitnessProof } from "../../../chain/signWitnessProof.ts";
import { terminateLease } from "../../../chain/terminateLease.ts";
import { transferToken } from "../../../chain/transferToken.ts";
import { unstakeNode } from "../../../chain/unstakeNode.ts";
import { epochRewardsAbi } from "../../../core/abi/EpochRewards.ts";
import { finalAt } from "../../../core/epochTime.ts";
import { X0T } from "../../../core/parameters.ts";
import type { Support } from "../../../core/proposal.ts";
import type { TxQueue } from "../../../runtime/txQueue.ts";
import type { ProtocolChain } from "../../support/protocolChain.ts";

/** Nodes 0 to 2 belong to accounts 1 to 3, whose hot keys are accounts 11 to 13. */
export const NODES = [0, 1, 2];
const STAKE_WEI = 1_000n * X0T;
const CHALLENGER = 4;
const PAYER = 5;
const TENANT = 14;
export const LEASE_WEI = 5n * X0T + 3n;

type Made = Pick<Parameters<typeof queueProposal>[1], "calls" | "description">;

/** Real transactions of every kind against the deployed protocol. */
export function createTraffic(chain: ProtocolChain) {
  const { contracts, parameters } = chain;
  const { X0TToken: token, NodeRegistry: registry, ProofLedger: ledger, RelayChannels: channels } = contracts;
  const { Marketplace: marketplace, X0TGovernor: governor } = contracts;
  const chainId = chain.book.chainId;
  const senders = new Map<number, TxQueue>();
  const sender = (index: number) => {
    const known = senders.get(index) ?? chain.sender(index);
    senders.set(index, known);
    return known;
  };
  const address = (index: number) => chain.accounts[index]!.address;

  const register = async (node: number) => {
    const nodeId = keccak256(toHex(`node ${node}`));
    const hot = chain.accounts[11 + node]!;
    const at = { chainId, registry, operator: address(1 + node), nodeId };
    const proofOfPossession = await signWitnessProof(hot, at);
    const metadata = keccak256(toHex(`metadata ${node}`));
    const made = { token, registry, nodeId, witness: hot.address, metadata, stakeWei: STAKE_WEI, proofOfPossession };
    await registerNode(sender(1 + node), made);
  };

  return {
    async registerAll(): Promise<void> {
      for (const node of NODES) await register(node);
    },
    /** A channel from the payer to each operator, each redeemed in several steps. */
    async payAll(): Promise<void> {
      for (const node of NODES) {
        const opened = { token, channels, payee: address(1 + node), signer: address(PAYER), amountWei: 7n * X0T };
        const { channel } = await openChannel(sender(PAYER), opened);
        for (const cumulative of [123_456_789n, 2n * X0T + 1n, 9n * X0T]) {
          const owed = { chainId, channels, channel, cumulative };
          const signature = await signVoucher(chain.accounts[PAYER]!, owed);
          await redeemVouchers(sender(11 + node), { channels, vouchers: [{ channel, cumulative, signature }] });
        }
      }
    },
    async transfer(from: number, to: number, amountWei: bigint): Promise<void> {
      await transferToken(sender(from), { token, to: address(to), amountWei });
    },
    /** These nodes claim all slots of the running epoch; returns it once committed. */
    async commitEpoch(nodes = NODES): Promise<number> {
      const epoch = await chain.epoch();
      await chain.warpToEpoch(epoch + 1);
      for (const node of nodes) {
        const proof = { node, epoch, bitmap: 0xfffn, receiptsRoot: digest(epoch, node), relayedBytes: 200_000_000n, cid: digest(node, epoch) };
        await commitProofs(sender(11 + node), { ledger, commits: [proof] });
      }
      return epoch;
    },
    async challenge(node: number, epoch: number, slots: number[]): Promise<bigint> {
      const bondWei = parameters.challengeBond;
      return (await challengeCommit(sender(CHALLENGER), { token, ledger, node, epoch, slots, bondWei })).deadline;
    },
    enforce: (node: number, epoch: number) => enforceVoid(sender(CHALLENGER), { ledger, node, epoch }),
    async claim(node: number, epoch: number): Promise<void> {
      const final = finalAt(parameters, epoch);
      if ((await chain.head()).timestamp < final) await chain.warpTo(final);
      await claimRewards(sender(11 + node), { rewards: contracts.EpochRewards, node, epochs: [epoch] });
    },
    /** A new offer of the node, with the least uptime that there is. */
    async offer(node: number): Promise<bigint> {
      const terms = { node, pricePerEpoch: LEASE_WEI, minUptimeBps: 5_000, maxEpochs: 100 };
      return (await listNode(sender(1 + node), { marketplace, ...terms })).listing;
    },
    delist: (node: number, listing: bigint) => delistListing(sender(1 + node), { marketplace, listing }),
    rent: (listing: bigint, epochs: number) => rentListing(sender(TENANT), { token, marketplace, listing, epochs }),
    cancel: (lease: bigint) => cancelLease(sender(TENANT), { marketplace, lease }),
    terminate: (node: number, lease: bigint) => terminateLease(sender(1 + node), { marketplace, lease }),
    reject: (lease: bigint, epoch: number) => rejectEpoch(sender(TENANT), { marketplace, lease, epoch }),
    settle: (leases: bigint[]) => settleLeases(sender(CHALLENGER), { marketplace, leases }),
    /** The node's operator proposes another pool. */
    async propose(node: number, description: string) {
      const data = encodeFunctionData({ abi: epochRewardsAbi, functionName: "setParameters", args: [7_000n * X0T, 20_000n * X0T] });
      const calls = [{ target: contracts.EpochRewards, valueWei: 0n, data }];
      return { ...(await propose(sender(1 + node), { governor, calls, description })), calls };
    },
    vote: (node: number, proposalId: bigint, support: Support, reason?: string) =>
      castVote(sender(1 + node), { governor, proposalId, support, ...(reason !== undefined && { reason }) }),
    cancelProposal: (node: number, made: Made) => cancelProposal(sender(1 + node), { governor, ...made }),
    queue: (made: Made) => queueProposal(sender(CHALLENGER), { governor, ...made }),
    execute: (made: Made) => executeProposal(sender(CHALLENGER), { governor, ...made }),
    unstake: (node: number, amountWei: bigint) => unstakeNode(sender(1 + node), { registry, node, amountWei }),
  };
}

function digest(a: number, b: number): Hex {
  return keccak256(toHex(`${a}/${b}`));
}
