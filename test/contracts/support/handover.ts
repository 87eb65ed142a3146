import { encodeAbiParameters, getAddress, parseEventLogs, slice, toFunctionSelector, type Abi, type AbiFunction, type AbiParameter, type Address, type Hex } from "viem";
import { publicClient } from "./protocol.ts";

export interface Deployed {
  address: Address;
  abi: unknown;
}

/** Whatever is deployed, by name. */
export type Contracts = Readonly<Record<string, Deployed>>;

const functionsOf = ({ abi }: Deployed, writing: boolean) =>
  (abi as Abi).filter((entry): entry is AbiFunction => entry.type === "function" && ["view", "pure"].includes(entry.stateMutability) !== writing);

/** Each address within a value, with the path to it. */
function addressesIn(output: AbiParameter, value: unknown, path: string): [string, Address][] {
  if (/\[\d*\]$/.test(output.type)) {
    const item = { ...output, type: output.type.replace(/\[\d*\]$/, "") };
    return (value as unknown[]).flatMap((part, index) => addressesIn(item, part, `${path}[${index}]`));
  }
  if (output.type === "tuple" && "components" in output) {
    return output.components.flatMap((part) => addressesIn(part, (value as Record<string, unknown>)[part.name ?? ""], `${path}.${part.name}`));
  }
  return output.type === "address" ? [[path, getAddress(value as Address)]] : [];
}

/** What every view function without an argument answers, as far as it is an address: `contract.function` → address. */
export async function readGetters(contracts: Contracts): Promise<Map<string, Address>> {
  const found = new Map<string, Address>();
  for (const [name, contract] of Object.entries(contracts)) {
    for (const getter of functionsOf(contract, false).filter(({ inputs, outputs }) => inputs.length === 0 && outputs.length > 0)) {
      const answer = await publicClient.readContract({ address: contract.address, abi: [getter], functionName: getter.name });
      const values = getter.outputs.length === 1 ? [answer] : (answer as unknown[]);
      for (const [index, output] of getter.outputs.entries()) {
        const path = `${name}.${getter.name}${getter.outputs.length === 1 ? "" : `.${output.name || index}`}`;
        for (const [key, address] of addressesIn(output, values[index], path)) found.set(key, address);
      }
    }
  }
  return found;
}

/** Who holds what now, by replaying events of grants and withdrawals: `contract.what` → holders. */
export async function replay(
  contracts: Contracts,
  events: { given: string; taken: string; what: (args: Record<string, unknown>) => string; holder: (args: Record<string, unknown>) => Address },
): Promise<Map<string, Address[]>> {
  const held = new Map<string, Set<Address>>();
  for (const [name, { address, abi }] of Object.entries(contracts)) {
    const logs = await publicClient.getLogs({ address, fromBlock: 0n, toBlock: "latest" });
    for (const log of parseEventLogs({ abi: abi as Abi, logs })) {
      const { eventName, args } = log as unknown as { eventName: string; args: Record<string, unknown> };
      if (![events.given, events.taken].includes(eventName)) continue;
      const key = `${name}.${events.what(args)}`;
      const holders = held.get(key) ?? new Set();
      held.set(key, holders);
      if (eventName === events.given) holders.add(getAddress(events.holder(args)));
      else holders.delete(getAddress(events.holder(args)));
    }
  }
  return new Map([...held].map(([key, holders]) => [key, [...holders].sort()]));
}

function zeroOf(parameter: AbiParameter): unknown {
  const { type } = parameter;
  if (type.endsWith("]")) return [];
  if (type === "tuple" && "components" in parameter) {
    return Object.fromEntries(parameter.components.map((part) => [part.name, zeroOf(part)]));
  }
  if (type === "address") return "0x0000000000000000000000000000000000000000";
  if (type === "bool") return false;
  if (type === "string") return "";
  if (type === "bytes") return "0x";
  return type.startsWith("bytes") ? `0x${"00".repeat(Number(type.slice(5)))}` : 0n;
}

/** How every writing function, with zeros for arguments, answers `from`: `contract.signature` → data, reverted or returned. */
export async function probe(contracts: Contracts, from: Address): Promise<Map<string, Hex>> {
  const answers = new Map<string, Hex>();
  for (const [name, contract] of Object.entries(contracts)) {
    for (const entry of functionsOf(contract, true)) {
      const selector = toFunctionSelector(entry);
      const data = `${selector}${encodeAbiParameters(entry.inputs, entry.inputs.map(zeroOf)).slice(2)}` as Hex;
      answers.set(`${name}.${entry.name}/${selector}`, await answerOf(contract.address, data, from));
    }
  }
  return answers;
}

async function answerOf(to: Address, data: Hex, from: Address): Promise<Hex> {
  try {
    return (await publicClient.call({ to, data, account: from })).data ?? "0x";
  } catch (error) {
    const walk = (error as { walk?: (test: (cause: unknown) => boolean) => unknown }).walk?.bind(error);
    const reverted = walk?.((cause) => typeof (cause as { data?: unknown }).data === "string") as { data: Hex } | null | undefined;
    return reverted?.data ?? "0x";
  }
}

/** An address in storage that no function shows. */
export async function addressAt(contract: Address, slot: Hex): Promise<Address> {
  const word = (await publicClient.getStorageAt({ address: contract, slot })) ?? "0x";
  return getAddress(slice(word, 12, 32));
}
