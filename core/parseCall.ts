import { encodeFunctionData, getAddress, isAddress, isHex, type AbiFunction, type AbiParameter, type Address, type Hex } from "viem";
import type { AddressBook } from "./addressBook.ts";
import type { ProposalCall } from "./proposal.ts";
import { X0tError } from "./x0tError.ts";
import { parseX0t } from "./amounts.ts";
import { contractNamed } from "./knownContracts.ts";

const SECONDS = { s: 1n, m: 60n, h: 3600n, d: 86_400n } as const;

/**
 * "EpochRewards.setParameters(5000e18, 20000 X0T)" as a call, or "0x…:0x…" (address and calldata) as it stands.
 * @throws X0T_USAGE
 */
export function parseCall(text: string, book: AddressBook): ProposalCall {
  const raw = /^(0x[0-9a-fA-F]{40}):(0x(?:[0-9a-fA-F]{2})*)$/.exec(text.trim());
  if (raw !== null) return { target: parseAddress(raw[1] ?? "", book), valueWei: 0n, data: raw[2] as Hex };
  const match = /^\s*(\w+)\s*\.\s*(\w+)\s*\(([\s\S]*)\)\s*$/.exec(text);
  if (match === null) {
    throw new X0tError("X0T_USAGE", `--call "${text}": write it like "EpochRewards.setParameters(5000e18, 20000e18)", or as ADDRESS:CALLDATA.`);
  }
  const [, contractName = "", functionName = "", list = ""] = match;
  const contract = contractNamed(book, contractName);
  const parts = splitList(list);
  const entry = functionOf(contract, functionName, parts.length);
  const args = entry.inputs.map((input, index) => {
    try {
      return parseValue(parts[index] ?? "", input, book);
    } catch (cause) {
      const name = input.name === undefined || input.name === "" ? `argument ${index + 1}` : input.name;
      throw new X0tError("X0T_USAGE", `--call "${text}": ${name} (${input.type}): ${(cause as Error).message}`, { cause });
    }
  });
  try {
    return { target: contract.address, valueWei: 0n, data: encodeFunctionData({ abi: [entry], functionName: entry.name, args }) };
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `--call "${text}": ${(cause as Error).message.split("\n", 1)[0]}`, { cause });
  }
}

function functionOf(contract: { name: string; abi: readonly unknown[] }, name: string, count: number): AbiFunction {
  const writing = (contract.abi as readonly { type: string }[]).filter(
    (entry): entry is AbiFunction => entry.type === "function" && !["view", "pure"].includes((entry as AbiFunction).stateMutability),
  );
  const named = writing.filter((entry) => entry.name.toLowerCase() === name.toLowerCase());
  const found = named.find((entry) => entry.inputs.length === count);
  if (found !== undefined) return found;
  const signature = ({ name: called, inputs }: AbiFunction) => `${called}(${inputs.map((input) => `${input.type} ${input.name}`).join(", ")})`;
  if (named.length > 0) {
    throw new X0tError("X0T_USAGE", `${contract.name}.${name} does not take ${count} argument${count === 1 ? "" : "s"}: ${named.map(signature).join(" or ")}.`);
  }
  const all = [...new Set(writing.map((entry) => entry.name))].sort().join(", ");
  throw new X0tError("X0T_USAGE", `${contract.name} has no function "${name}" that a proposal could call. It has: ${all}.`);
}

/** "a, [b, c], (d, e), "f, g"" at its outer commas. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (sign === '"') quoted = !quoted;
    if (quoted) continue;
    if ("([".includes(sign)) depth++;
    else if (")]".includes(sign)) depth--;
    else if (sign === "," && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === "" && parts.length === 0 ? [] : [...parts, last];
}

function parseValue(text: string, parameter: AbiParameter, book: AddressBook): unknown {
  const { type } = parameter;
  const array = /^(.*)\[\d*\]$/.exec(type);
  if (array !== null) {
    if (!/^\[[\s\S]*\]$/.test(text)) throw new Error(`write a list like [a, b], not ${text}`);
    return splitList(text.slice(1, -1)).map((part) => parseValue(part, { ...parameter, type: array[1] ?? "" } as AbiParameter, book));
  }
  if (type === "tuple" && "components" in parameter) {
    if (!/^\([\s\S]*\)$/.test(text)) throw new Error(`write a group like (a, b), not ${text}`);
    const parts = splitList(text.slice(1, -1));
    return Object.fromEntries(parameter.components.map((part, index) => [part.name, parseValue(parts[index] ?? "", part, book)]));
  }
  if (type === "address") return parseAddress(text, book);
  if (type === "bool") return parseBool(text);
  if (type === "string") return text.replace(/^"([\s\S]*)"$/, "$1");
  if (type.startsWith("bytes")) {
    if (!isHex(text)) throw new Error(`write bytes as 0x and hex digits, not ${text}`);
    return text;
  }
  return parseInteger(text);
}

/** 0x and 40 hex digits, or the name of a contract of the book. @throws X0T_USAGE */
export function parseAddress(text: string, book: AddressBook): Address {
  if (isAddress(text)) return getAddress(text);
  if (/^0x/i.test(text)) throw new X0tError("X0T_USAGE", `"${text}" is no address: 0x and 40 hex digits, with the right capitals or none.`);
  const known = Object.entries(book.contracts).find(([name]) => name.toLowerCase() === text.toLowerCase());
  if (known !== undefined) return known[1];
  throw new X0tError("X0T_USAGE", `"${text}" is neither an address nor the name of a contract.`);
}

function parseBool(text: string): boolean {
  if (text !== "true" && text !== "false") throw new Error(`write true or false, not ${text}`);
  return text === "true";
}

/** "5000", "1_000", "5000e18", "1.5e18", "12.5 X0T" (in wei), "2d" (in seconds). */
export function parseInteger(text: string): bigint {
  const amount = /^([\d.]+)\s*x0t$/i.exec(text);
  if (amount !== null) return parseX0t(amount[1] ?? "");
  const time = /^(\d+)\s*([smhd])$/.exec(text);
  if (time !== null) return BigInt(time[1] ?? "") * SECONDS[time[2] as keyof typeof SECONDS];
  const match = /^(-?)(\d[\d_]*)(?:\.(\d+))?(?:e(\d{1,2}))?$/i.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  const zeros = Number(exponent) - fraction.length;
  if (match === null || zeros < 0) {
    throw new Error(`write a whole number such as 5000, 5000e18, 12.5 X0T or 2d, not ${text === "" ? "nothing" : text}`);
  }
  return BigInt(`${sign}${whole.replaceAll("_", "")}${fraction}${"0".repeat(zeros)}`);
}
