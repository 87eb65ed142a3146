import { encodeFunctionData, type AbiFunction, type AbiParameter, type Address, type Hex } from "viem";
import type { Fuzz } from "../differential/fuzz.ts";

/** Values that mean something to the contracts, from which most arguments are taken. */
export interface Pool {
  addresses: readonly Address[];
  words: readonly Hex[];
  signatures: readonly Hex[];
  texts: readonly string[];
  amounts: readonly bigint[];
  epochs: readonly bigint[];
  proposals: readonly bigint[];
}

/** Calldata for one function: mostly well formed, sometimes cut off, torn or nothing of it. */
export function garbageFor(item: AbiFunction, fuzz: Fuzz, pool: Pool): Hex {
  const args = item.inputs.map((input) => valueOf(input, fuzz, pool));
  const data = encodeFunctionData({ abi: [item], functionName: item.name, args });
  const dice = fuzz.below(20);
  if (dice === 0) return bytesOf(fuzz, fuzz.below(300));
  if (dice === 1) return data.slice(0, 2 + 2 * fuzz.below(data.length / 2)) as Hex;
  if (dice === 2) return `${data.slice(0, 10)}${bytesOf(fuzz, fuzz.below(300)).slice(2)}` as Hex;
  if (dice === 3 && data.length > 10) {
    const at = 10 + 2 * fuzz.below((data.length - 10) / 2);
    return `${data.slice(0, at)}${bytesOf(fuzz, 1).slice(2)}${data.slice(at + 2)}` as Hex;
  }
  return data;
}

function valueOf(parameter: AbiParameter, fuzz: Fuzz, pool: Pool): unknown {
  const { type, name = "" } = parameter;
  const [, element, size] = /^(.*)\[(\d*)\]$/.exec(type) ?? [];
  if (element !== undefined) {
    return Array.from({ length: size === "" ? fuzz.pick([0, 1, 1, 1, 2, 3]) : Number(size) }, () => valueOf({ ...parameter, type: element }, fuzz, pool));
  }
  if ("components" in parameter) return Object.fromEntries(parameter.components.map((component) => [component.name, valueOf(component, fuzz, pool)]));
  if (type === "address") return fuzz.chance(0.9) ? fuzz.pick(pool.addresses) : bytesOf(fuzz, 20);
  if (type === "bool") return fuzz.chance(0.5);
  if (type === "string") return fuzz.pick(pool.texts);
  if (type === "bytes") return fuzz.chance(0.6) ? fuzz.pick(pool.signatures) : bytesOf(fuzz, fuzz.below(200));
  if (type === "bytes32") return fuzz.chance(0.8) ? fuzz.pick(pool.words) : bytesOf(fuzz, 32);
  if (type.startsWith("bytes")) return bytesOf(fuzz, Number(type.slice(5)));
  return integerOf(Number(type.replace(/^u?int/, "") || 256), name, fuzz, pool);
}

/** By what the parameter is called: amounts, epochs and small numbers; one in ten is anything. */
function integerOf(width: number, name: string, fuzz: Fuzz, pool: Pool): bigint | number {
  const fitting = (value: bigint) => (width <= 48 ? Number(value % 2n ** BigInt(width)) : value % 2n ** BigInt(width));
  if (fuzz.chance(0.1)) return fitting(fuzz.bits(width));
  if (/proposal/i.test(name)) return fitting(fuzz.pick(pool.proposals));
  if (/amount|value|price|cumulative|stake|pool/i.test(name)) return fitting(fuzz.pick(pool.amounts));
  if (/epoch$|^first$|epochs$/i.test(name) && width >= 32 && fuzz.chance(0.8)) return fitting(fuzz.pick(pool.epochs));
  if (/deadline|until/i.test(name)) return fitting(2n ** 40n);
  if (/bps/i.test(name)) return fitting(fuzz.pick([5_000n, 9_900n, 10_000n]));
  if (width >= 128 && fuzz.chance(0.3)) return fitting(fuzz.pick([0xfffn, 1n, 2n ** BigInt(width) - 1n, 1n << BigInt(fuzz.below(12))]));
  return fitting(BigInt(fuzz.below(6)));
}

function bytesOf(fuzz: Fuzz, length: number): Hex {
  return `0x${fuzz.bits(8 * length).toString(16).padStart(2 * length, "0").slice(0, 2 * length)}`;
}
