import { encodeAbiParameters, encodeFunctionData, keccak256, toHex, type Abi, type Address, type HDAccount, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { signVoucher } from "../../chain/signVoucher.ts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { epochRewardsAbi } from "../../core/abi/EpochRewards.ts";
import { marketplaceAbi } from "../../core/abi/Marketplace.ts";
import { nodeRegistryAbi } from "../../core/abi/NodeRegistry.ts";
import { proofLedgerAbi } from "../../core/abi/ProofLedger.ts";
import { relayChannelsAbi } from "../../core/abi/RelayChannels.ts";
import { x0tGovernorAbi } from "../../core/abi/X0TGovernor.ts";
import { x0tTokenAbi } from "../../core/abi/X0TToken.ts";
import { epochAt, epochStart } from "../../core/epochTime.ts";
import { X0T } from "../../core/parameters.ts";
import { markProposer, proposalArgs, proposalIdOf } from "../../core/proposal.ts";
import type { ProtocolChain } from "../../test/support/protocolChain.ts";
import { createBatchRpc, type BatchRpc } from "./batchRpc.ts";
import { createRandom, type Random } from "./random.ts";

/** As on Base. */
export const BLOCK_SECONDS = 2;
/** Accounts 0 to 19 run two nodes each, 20 to 24 pay, 25 and 26 rent, 27 to 29 are the guardians. */
const NODES = 40;
const OPERATORS = 20;
const PAYERS = [20, 21, 22, 23, 24];
const TENANTS = [25, 26];
const CHALLENGER = 25;
const GAS = 8_000_000;
const GAS_PRICE = 2_000_000_000;
const LEASE_EPOCHS = 5;
const CLAIM_EPOCHS = 6;
const VOUCHERS = 8;
/** Redemptions of one channel in an epoch: of each, four events. */
const REDEMPTIONS_PER_EPOCH = 75;

interface Act {
  from: Address;
  to: Address;
  data: Hex;
}

interface Channel {
  id: Hex;
  payer: number;
  cumulative: bigint;
}

/**
 * A network's life in epochs of 60 s and blocks of 2 s: nodes commit and claim, vouchers are redeemed, leases run and are
 * settled, some commits are challenged and slashed, proposals voted on; transfers make up what is wanted.
 */
export async function fillChain(
  chain: ProtocolChain,
  wanted: { events: number; blocks: number },
  say: (line: string) => void,
): Promise<{ events: number; blocks: number }> {
  const rpc = createBatchRpc(chain.rpcUrl);
  const random = createRandom("x0t bench indexer");
  await chain.test.setAutomine(false);
  const setUp = await createActs(chain, random);
  // anvil's own clock, which no block may lie behind, is the machine's.
  const now = Math.max((await chain.head()).timestamp, Date.now() / 1000);
  let timestamp = epochStart(chain.parameters, epochAt(chain.parameters, now) + 1);
  const nonces = new Map<Address, number>();
  const mine = async (acts: readonly Act[]) => {
    await send(rpc, nonces, acts);
    await rpc([["evm_mine", [toHex(timestamp)]]]);
    timestamp += BLOCK_SECONDS;
  };
  for (const acts of setUp.beginning) await mine(acts);

  const from = await chain.head();
  let counted = await countEvents(rpc, chain, 0n, from.number);
  const perEpoch = chain.parameters.epochSeconds / BLOCK_SECONDS;
  let left = wanted.blocks - Number(from.number);
  for (let epoch = epochAt(chain.parameters, timestamp); left > 0; epoch++) {
    const here = Math.min(left, perEpoch - Math.floor((timestamp % chain.parameters.epochSeconds) / BLOCK_SECONDS));
    const acts = await setUp.epochOf(epoch, here / perEpoch);
    const other = acts.reduce((sum, act) => sum + act.events, 0);
    // Two events a transfer; what the other acts made of their events is seen at the next epoch.
    const transfers = Math.max(0, Math.round((((wanted.events - counted) * here) / left - other) / 2));
    const all = [...acts, ...Array.from({ length: transfers }, () => setUp.transfer())];
    const blocks = Array.from({ length: here }, (): Act[] => []);
    all.forEach((act, index) => blocks[Math.floor((index * here) / all.length)]?.push(act));
    const before = await chain.head();
    for (const block of blocks) await mine(block);
    counted += await countEvents(rpc, chain, before.number + 1n, before.number + BigInt(here));
    left -= here;
    if (epoch % 10 === 0) say(`  ${counted.toLocaleString("en")} events, ${left.toLocaleString("en")} blocks to go`);
  }
  return { events: counted, blocks: Number((await chain.head()).number) };
}

/** anvil counts mined transactions alone: several of one sender in a block need nonces of ours. */
async function send(rpc: BatchRpc, nonces: Map<Address, number>, acts: readonly Act[]): Promise<void> {
  const unknown = [...new Set(acts.map(({ from }) => from))].filter((from) => !nonces.has(from));
  const known = unknown.length === 0 ? [] : await rpc(unknown.map((from) => ["eth_getTransactionCount", [from, "latest"]]));
  unknown.forEach((from, index) => nonces.set(from, Number(known[index])));
  const calls = acts.map(({ from, to, data }) => {
    const nonce = nonces.get(from) ?? 0;
    nonces.set(from, nonce + 1);
    return ["eth_sendTransaction", [{ from, to, data, gas: toHex(GAS), nonce: toHex(nonce), gasPrice: toHex(GAS_PRICE) }]] as const;
  });
  if (calls.length > 0) await rpc(calls);
}

async function countEvents(rpc: BatchRpc, chain: ProtocolChain, fromBlock: bigint, toBlock: bigint): Promise<number> {
  const { X0TToken, NodeRegistry, ProofLedger, EpochRewards, RelayChannels, Marketplace, X0TGovernor } = chain.contracts;
  const address = [X0TToken, NodeRegistry, ProofLedger, EpochRewards, RelayChannels, Marketplace, X0TGovernor];
  const [logs] = await rpc([["eth_getLogs", [{ address, fromBlock: toHex(fromBlock), toBlock: toHex(toBlock) }]]]);
  return (logs as unknown[]).length;
}

async function createActs(chain: ProtocolChain, random: Random) {
  const { contracts, parameters } = chain;
  const { X0TToken: token, NodeRegistry: registry, ProofLedger: ledger, EpochRewards: rewards } = contracts;
  const { RelayChannels: channels, Marketplace: marketplace, X0TGovernor: governor } = contracts;
  const chainId = chain.book.chainId;
  const account = (index: number) => chain.accounts[index] as HDAccount;
  const address = (index: number) => account(index).address;
  const act = (from: number, to: Address, abi: Abi, functionName: string, args: readonly unknown[], events = 1) => ({
    from: address(from),
    to,
    data: encodeFunctionData({ abi, functionName, args }),
    events,
  });
  const approvals = chain.accounts.flatMap((_, from) =>
    [registry, ledger, channels, marketplace].map((spender) => act(from, token, x0tTokenAbi, "approve", [spender, 2n ** 256n - 1n])),
  );

  const operatorOf = (node: number) => node % OPERATORS;
  const registrations = await Promise.all(
    Array.from({ length: NODES }, async (_, node) => {
      const nodeId = keccak256(toHex(`node ${node}`));
      // Witness keys are unique: each node's own, though nobody signs with it here.
      const witness = privateKeyToAccount(keccak256(toHex(`witness ${node}`)));
      const proof = await signWitnessProof(witness, { chainId, registry, operator: address(operatorOf(node)), nodeId });
      const stake = BigInt(1_000 + random.below(9_000)) * X0T;
      return act(operatorOf(node), registry, nodeRegistryAbi, "register", [nodeId, witness.address, keccak256(nodeId), stake, proof]);
    }),
  );
  const open: Channel[] = PAYERS.flatMap((payer) =>
    Array.from({ length: OPERATORS }, (_, operator) => ({
      id: keccak256(encodeAbiParameters([{ type: "address" }, { type: "address" }, { type: "uint256" }], [address(payer), address(operator), 0n])),
      payer,
      cumulative: 0n,
    })),
  );
  const openings = PAYERS.flatMap((payer) =>
    Array.from({ length: OPERATORS }, (_, operator) => act(payer, channels, relayChannelsAbi, "open", [address(operator), address(payer), 4_000n * X0T])),
  );
  const offers = (epochs: number) =>
    Array.from({ length: NODES }, (_, node) => {
      const price = X0T + BigInt(random.below(10 ** 9)) * 10n ** 9n;
      return act(operatorOf(node), marketplace, marketplaceAbi, "list", [node, price, 5_000 + random.below(10) * 490, epochs]);
    });

  /** Each node's lease runs from one epoch after `rentedIn` on. */
  const rentedIn = new Map<number, number>();
  let [firstEpoch, offered, leaseCount] = [0, false, 0];
  const settling: { lease: number; at: number }[] = [];
  const proposals: { id: bigint; from: number; until: number; voters: number[] }[] = [];

  const commitsOf = (epoch: number) =>
    Array.from({ length: NODES }, (_, node) => {
      // Nine of ten are always up; the others miss slots, now and then a whole epoch.
      const weak = node % 10 === 9;
      if (weak && random.below(4) === 0) return [];
      const missed = weak || random.below(20) === 0 ? (1n << BigInt(random.below(parameters.slotsPerEpoch))) | (1n << BigInt(random.below(parameters.slotsPerEpoch))) : 0n;
      const bitmap = ((1n << BigInt(parameters.slotsPerEpoch)) - 1n) & ~missed;
      const proof = { node, epoch: BigInt(epoch), bitmap, receiptsRoot: random.hash(), relayedBytes: BigInt(random.below(2 ** 31)), cid: random.hash() };
      return [act(operatorOf(node), ledger, proofLedgerAbi, "commit", [proof])];
    }).flat();

  const redemptionsOf = async (share: number) => {
    const made = [];
    for (let count = 0; count < Math.round((REDEMPTIONS_PER_EPOCH * share) / VOUCHERS); count++) {
      const begin = random.below(open.length);
      const list = await Promise.all(
        Array.from({ length: VOUCHERS }, async (_, index) => {
          const channel = open[(begin + index) % open.length] as Channel;
          channel.cumulative += X0T / 2n + BigInt(random.below(10 ** 9)) * 10n ** 8n;
          const { id, cumulative } = channel;
          return { channel: id, cumulative, signature: await signVoucher(account(channel.payer), { chainId, channels, channel: id, cumulative }) };
        }),
      );
      made.push(act(begin % OPERATORS, channels, relayChannelsAbi, "redeemMany", [list], 4 * VOUCHERS));
    }
    return made;
  };

  const marketOf = (epoch: number) => {
    const made = [];
    if (!offered) made.push(...offers(100));
    else {
      for (let node = 0; node < NODES; node++) {
        const last = rentedIn.get(node);
        if (last !== undefined && epoch < last + LEASE_EPOCHS) continue;
        rentedIn.set(node, epoch);
        settling.push({ lease: ++leaseCount, at: epoch + 1 + LEASE_EPOCHS + 4 });
        made.push(act(random.pick(TENANTS), marketplace, marketplaceAbi, "rent", [BigInt(node + 1), LEASE_EPOCHS], 2));
      }
    }
    offered = true;
    const due = settling.filter(({ at }) => at === epoch).map(({ lease }) => BigInt(lease));
    for (let from = 0; from < due.length; from += 10) {
      const leases = due.slice(from, from + 10);
      made.push(act(CHALLENGER, marketplace, marketplaceAbi, "settleMany", [leases, 168n], leases.length * (LEASE_EPOCHS + 3)));
    }
    return made;
  };

  const governanceOf = (epoch: number) => {
    const made = [];
    const period = parameters.votingPeriodSeconds / parameters.epochSeconds;
    if ((epoch - firstEpoch) % 6 === 3) {
      const from = random.below(OPERATORS);
      const data = encodeFunctionData({ abi: epochRewardsAbi, functionName: "setParameters", args: [BigInt(5_000 + random.below(5_000)) * X0T, 20_000n * X0T] });
      const calls = [{ target: rewards, valueWei: 0n, data }];
      const description = markProposer(`# Another pool\n\nSince epoch ${epoch} it is too large.`, address(from));
      const [targets, values, datas] = proposalArgs(calls, description);
      made.push(act(from, governor, x0tGovernorAbi, "propose", [targets, values, datas, description]));
      proposals.push({ id: proposalIdOf(calls, description), from: epoch + 1, until: epoch + period, voters: random.shuffled(OPERATORS) });
    }
    for (const proposal of proposals) {
      if (epoch < proposal.from || epoch >= proposal.until) continue;
      for (const voter of proposal.voters.splice(0, OPERATORS)) {
        const support = random.pick([0, 1, 1, 1, 2]);
        made.push(act(voter, governor, x0tGovernorAbi, "castVoteWithReason", [proposal.id, support, random.below(3) === 0 ? "As discussed." : ""]));
      }
    }
    return made;
  };

  return {
    /** Blocks that make the network: approvals, nodes, channels. */
    beginning: [approvals, registrations, openings],
    /** What happens besides transfers in a share of an epoch. */
    async epochOf(epoch: number, share: number) {
      firstEpoch ||= epoch;
      const age = epoch - firstEpoch;
      const made = [...(age >= 2 ? commitsOf(epoch - 1) : []), ...(await redemptionsOf(share))];
      if (age >= 1) made.push(...marketOf(epoch));
      made.push(...governanceOf(epoch));
      if (age >= 12 && age % CLAIM_EPOCHS === 0) {
        const epochs = Array.from({ length: CLAIM_EPOCHS }, (_, back) => BigInt(epoch - 4 - CLAIM_EPOCHS + back));
        for (let node = 0; node < NODES; node++) made.push(act(operatorOf(node), rewards, epochRewardsAbi, "claim", [node, epochs], CLAIM_EPOCHS + 3));
      }
      if (age >= 5 && age % 4 === 0) {
        // Nobody answers: void once its time is over, and then slashed.
        made.push(act(CHALLENGER, ledger, proofLedgerAbi, "challenge", [age % NODES, BigInt(epoch - 2), 2n ** BigInt(age % 4)], 3));
      }
      if (age >= 9 && (age - 2) % 4 === 0) made.push(act(CHALLENGER, ledger, proofLedgerAbi, "enforce", [(age - 2) % NODES, BigInt(epoch - 4)], 5));
      if (age % 3 === 0) {
        const node = random.below(NODES);
        made.push(act(operatorOf(node), registry, nodeRegistryAbi, "stake", [node, X0T], 2));
      }
      return made;
    },
    transfer() {
      const to = random.below(3) === 0 ? random.address() : address(random.below(chain.accounts.length));
      return act(random.below(chain.accounts.length), token, x0tTokenAbi, "transfer", [to, BigInt(1 + random.below(10 ** 9)) * 10n ** 7n], 2);
    },
  };
}
