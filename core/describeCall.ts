import { decodeFunctionData, type AbiFunction, type AbiParameter, type Address, type Hex } from "viem";
import type { AddressBook } from "./addressBook.ts";
import type { ProposalCall } from "./proposal.ts";
import { formatX0t } from "./amounts.ts";
import { contractAt, nameOf } from "./knownContracts.ts";
import { formatDuration } from "./durations.ts";

export interface DescribedCall {
  target: Address;
  data: Hex;
  valueWei: bigint;
  /** Undefined for a contract or a function that this release does not know. */
  contract?: string;
  function?: string;
  args: { name: string; type: string; value: unknown; text: string }[];
  /** One line that says it. */
  text: string;
}

/** What integers of these names count: the contracts name them so throughout. */
const WEI = new Set(["value", "amount", "poolPerEpoch", "targetStake", "newProposalThreshold", "pricePerEpoch", "stake"]);
const SECONDS = new Set(["newVotingDelay", "newVotingPeriod", "newVoteExtension", "newDelay"]);

/** In words what the timelock will do, by the ABIs of this release. */
export function describeCall(call: ProposalCall, book: AddressBook): DescribedCall {
  const { target, valueWei, data } = call;
  const coin = valueWei === 0n ? "" : ` with ${formatX0t(valueWei)} ETH`;
  const contract = contractAt(book, target);
  const decoded = contract === undefined ? undefined : decode(contract.abi, data);
  if (contract === undefined || decoded === undefined) {
    const where = contract?.name ?? nameOf(book, target) ?? target;
    const what = data === "0x" ? "no calldata" : `calldata ${data.length > 74 ? `${data.slice(0, 74)}… (${(data.length - 2) / 2} bytes)` : data}`;
    return { target, data, valueWei, ...(contract !== undefined && { contract: contract.name }), args: [], text: `UNKNOWN: call ${where}${coin}, ${what}` };
  }
  const { entry, values } = decoded;
  const args = entry.inputs.map((input, index) => {
    const name = input.name === undefined || input.name === "" ? String(index) : input.name;
    return { name, type: input.type, value: values[index], text: formatValue(values[index], input, book) };
  });
  const text = sentence(contract.name, entry.name, args) ?? `${contract.name}.${entry.name}(${args.map((arg) => `${arg.name}: ${arg.text}`).join(", ")})`;
  return { target, data, valueWei, contract: contract.name, function: entry.name, args, text: `${text}${coin}` };
}

function decode(abi: readonly unknown[], data: Hex): { entry: AbiFunction; values: readonly unknown[] } | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: abi as AbiFunction[], data });
    const values = (args ?? []) as readonly unknown[];
    const entry = (abi as AbiFunction[]).find(({ type, name, inputs }) => type === "function" && name === functionName && inputs.length === values.length);
    return entry === undefined ? undefined : { entry, values };
  } catch {
    return undefined;
  }
}

/** The calls that people meet most. */
function sentence(contract: string, name: string, args: readonly { text: string }[]): string | undefined {
  const [first = "", second = ""] = args.map(({ text }) => text);
  switch (`${contract}.${name}`) {
    case "X0TToken.transfer":
      return `pay ${second} from the treasury to ${first} (1 % of it burns)`;
    case "X0TToken.burn":
      return `burn ${first} of the treasury`;
    case "GuardianSeat.setGuardian":
      return `make ${first} the guardian`;
    case "X0TGovernor.setVotingDelay":
      return `set the delay before a vote to ${first}`;
    case "X0TGovernor.setVotingPeriod":
      return `let a vote last ${first}`;
    case "X0TGovernor.setLateQuorumVoteExtension":
      return `prolong a vote that turns late by ${first}`;
    case "X0TGovernor.setProposalThreshold":
      return `ask a proposer for ${first} at stake`;
    case "X0TTimelock.updateDelay":
      return `set the timelock's delay to ${first}`;
    case "EpochRewards.setParameters":
      return `pay at most ${first} an epoch, all of it from a stake of ${second} on (from the next epoch after execution)`;
    default:
      return undefined;
  }
}

function formatValue(value: unknown, parameter: AbiParameter, book: AddressBook): string {
  const { type } = parameter;
  if (Array.isArray(value)) {
    const item = { ...parameter, type: type.replace(/\[\d*\]$/, "") } as AbiParameter;
    return `[${value.map((part) => formatValue(part, item, book)).join(", ")}]`;
  }
  if (type === "tuple" && "components" in parameter) {
    const parts = parameter.components.map((part) => formatValue((value as Record<string, unknown>)[part.name ?? ""], part, book));
    return `(${parts.join(", ")})`;
  }
  if (type === "address") {
    const name = nameOf(book, value as Address);
    return name === undefined ? (value as string) : `${name} (${value as string})`;
  }
  if (/^u?int/.test(type)) {
    const name = parameter.name ?? "";
    if (WEI.has(name)) return `${formatX0t(BigInt(value as bigint))} X0T`;
    if (SECONDS.has(name)) return formatDuration(Number(value));
  }
  return String(value);
}
