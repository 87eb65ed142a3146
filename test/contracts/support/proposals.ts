import { encodeFunctionData, padHex, parseEventLogs, toHex, type Abi, type Address, type Hex } from "viem";
import { markProposer, PROPOSAL_STATES, proposalArgs, proposalIdOf, SUPPORT, type ProposalCall, type Support } from "../../../core/proposal.ts";
import { X0T } from "../../../core/parameters.ts";
import { networkHelpers, nodeIdOf, P, proofOfPossession, publicClient, time, viem, wallets, witnessKey, type Protocol } from "./protocol.ts";

/** Wallets 1 to 6 operate nodes in networkFixture, and vote. */
export const voters = wallets.slice(1, 7).map(({ account }) => account);
export const proposer = voters[0]!;

type GovernorContract = Protocol["governor"];

export interface Proposal {
  governor: GovernorContract;
  id: bigint;
  calls: readonly ProposalCall[];
  description: string;
  /** What queue, execute and cancel take. */
  args: ReturnType<typeof proposalArgs>;
}

/** A call of a contract by its function's name. */
export function call(contract: { address: Address; abi: unknown }, functionName: string, args: readonly unknown[], valueWei = 0n): ProposalCall {
  return { target: contract.address, valueWei, data: encodeFunctionData({ abi: contract.abi as Abi, functionName, args }) };
}

let proposals = 0;

/** What a proposal of these calls would be; `description` differs each time unless given. */
export function draft(
  { governor }: Pick<Protocol, "governor">,
  calls: readonly ProposalCall[],
  options: { by?: Address; description?: string } = {},
): Proposal {
  const description = options.description ?? markProposer(`Proposal ${proposals++}`, options.by ?? proposer.address);
  return { governor, calls, description, id: proposalIdOf(calls, description), args: proposalArgs(calls, description) };
}

export async function propose(
  protocol: Pick<Protocol, "governor">,
  calls: readonly ProposalCall[],
  options: { by?: { address: Address }; description?: string } = {},
): Promise<Proposal> {
  const by = options.by ?? proposer;
  const made = draft(protocol, calls, { by: by.address, ...(options.description !== undefined && { description: options.description }) });
  const [targets, values, datas] = made.args;
  await made.governor.write.propose([targets, values, datas, made.description], { account: by.address });
  return made;
}

export async function stateOf({ governor, id }: Proposal) {
  return PROPOSAL_STATES[await governor.read.state([id])]!;
}

/** The first second in which votes count. */
export async function toVoting({ governor, id }: Proposal): Promise<void> {
  await time.increaseTo((await governor.read.proposalSnapshot([id])) + 1n);
}

/** The first second after the vote. */
export async function afterVoting({ governor, id }: Proposal): Promise<void> {
  await time.increaseTo((await governor.read.proposalDeadline([id])) + 1n);
}

export async function vote({ governor, id }: Proposal, support: Support, by: readonly { address: Address }[] = voters): Promise<Hex> {
  let hash: Hex = "0x";
  for (const { address } of by) hash = await governor.write.castVote([id, SUPPORT[support]], { account: address });
  return hash;
}

export async function queue({ governor, args }: Proposal): Promise<Hex> {
  return governor.write.queue(args);
}

/** The first second in which a queued proposal may be executed. */
export async function ripen({ governor, id }: Proposal): Promise<void> {
  await time.increaseTo(await governor.read.proposalEta([id]));
}

export async function execute({ governor, args }: Proposal, value = 0n): Promise<Hex> {
  return governor.write.execute(args, { value });
}

/** Proposed, and voted for by everybody. */
export async function succeeded(protocol: Pick<Protocol, "governor">, calls: readonly ProposalCall[], options: Parameters<typeof propose>[2] = {}) {
  const proposal = await propose(protocol, calls, options);
  await toVoting(proposal);
  await vote(proposal, "for");
  await afterVoting(proposal);
  return proposal;
}

/** … and queued. */
export async function queued(protocol: Pick<Protocol, "governor">, calls: readonly ProposalCall[], options: Parameters<typeof propose>[2] = {}) {
  const proposal = await succeeded(protocol, calls, options);
  await queue(proposal);
  return proposal;
}

/** … and waited for: the next execution succeeds if its calls do. */
export async function ripe(protocol: Pick<Protocol, "governor">, calls: readonly ProposalCall[]) {
  const proposal = await queued(protocol, calls);
  await ripen(proposal);
  return proposal;
}

/** The whole way. @returns the hash of the execution. */
export async function enact(protocol: Pick<Protocol, "governor">, calls: readonly ProposalCall[]): Promise<Hex> {
  return execute(await ripe(protocol, calls));
}

const RANGE = { least: 1n, most: 30n * 86_400n };

/** The devnet's Governor over the same registry, timelock and seat, with other parameters: it may count, not schedule. */
export function governorParameters({ registry, timelock, seat }: Protocol, changes: Record<string, unknown> = {}) {
  return {
    registry: registry.address,
    timelock: timelock.address,
    seat: seat.address,
    votingDelay: P.votingDelaySeconds,
    votingPeriod: P.votingPeriodSeconds,
    lateQuorumExtension: P.lateQuorumSeconds,
    proposalThreshold: P.proposalThreshold,
    quorumFloor: P.quorumFloor,
    voteAge: 0n,
    votingDelayRange: RANGE,
    votingPeriodRange: RANGE,
    lateQuorumRange: RANGE,
    thresholdRange: { least: X0T, most: 1_000_000n * X0T },
    ...changes,
  };
}

export async function deployGovernor(protocol: Protocol, changes: Record<string, unknown> = {}): Promise<GovernorContract> {
  return viem.deployContract("X0TGovernor", [governorParameters(protocol, changes)]) as Promise<unknown> as Promise<GovernorContract>;
}

/** The account of a contract, with coin for gas. */
export async function as(address: Address): Promise<Address> {
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, 10n ** 18n);
  return address;
}

/** The arguments of the events of that name in a transaction of the Governor. */
export async function eventsOf({ governor }: Pick<Protocol, "governor">, hash: Hex, eventName: string) {
  const { logs } = await publicClient.getTransactionReceipt({ hash });
  return parseEventLogs({ abi: governor.abi as Abi, logs, eventName }).map(({ args }) => args as unknown as Record<string, unknown>);
}

/** Registers node `index` of any account, a contract's too, with X0T of the treasury. */
export async function registerAt(protocol: Protocol, address: Address, index: number, stake = 1_000n * X0T): Promise<void> {
  const { token, registry, timelock } = protocol;
  await token.write.transfer([address, (stake * 102n) / 100n], { account: await as(timelock.address) });
  const account = await as(address);
  await token.write.approve([registry.address, stake], { account });
  const key = witnessKey(index);
  const proof = await proofOfPossession(registry.address, key, address, nodeIdOf(index));
  await registry.write.register([nodeIdOf(index), key.address, nodeIdOf(index), stake, proof], { account });
}

/** `count` more operators with `stake` each. */
export async function crowd(protocol: Protocol, count: number, stake: bigint): Promise<{ address: Address }[]> {
  const members = Array.from({ length: count }, (_, index) => ({ address: padHex(toHex(0xc0de_0000 + index), { size: 20 }) }));
  for (const [index, { address }] of members.entries()) await registerAt(protocol, address, 100 + index, stake);
  return members;
}
