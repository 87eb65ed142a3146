import { getAddress, isAddress, type AbiParameter } from "viem";

/** What a person typed for one input of a function, in the type that its ABI names. @throws Error in words */
export function parseValue(parameter: AbiParameter, text: string): unknown {
  const { type } = parameter;
  if (isJson(type)) return ofJson(parameter, readJson(type, text));
  return ofText(type, text.trim());
}

/** Arrays and tuples are typed as JSON. */
export function isJson(type: string): boolean {
  return type.endsWith("]") || type.startsWith("tuple");
}

/** How to write a value of this type. */
export function exampleOf(parameter: AbiParameter): string {
  const { type } = parameter;
  const element = elementOf(parameter);
  if (element !== undefined) return `[${exampleInJson(element)}, …]`;
  if (type === "tuple") return exampleInJson(parameter);
  if (type === "address") return "0x… (20 bytes)";
  if (type === "bool") return "true or false";
  if (type === "string") return "any text";
  if (type.startsWith("bytes")) return type === "bytes" ? "0x…" : `0x… (${type.slice(5)} bytes)`;
  return type.startsWith("uint") ? "12, 1e18, or 1.5 X0T" : "-12, 1e18, or 1.5 X0T";
}

function exampleInJson(parameter: AbiParameter): string {
  const element = elementOf(parameter);
  if (element !== undefined) return `[${exampleInJson(element)}]`;
  if (parameter.type === "tuple") return `{${componentsOf(parameter).map((each) => `"${each.name ?? ""}": ${exampleInJson(each)}`).join(", ")}}`;
  if (parameter.type === "bool") return "true";
  return parameter.type.includes("int") ? '"12"' : parameter.type === "string" ? '"text"' : '"0x…"';
}

function elementOf(parameter: AbiParameter): AbiParameter | undefined {
  const element = /^(.*)\[\d*\]$/.exec(parameter.type)?.[1];
  return element === undefined ? undefined : ({ ...parameter, type: element } as AbiParameter);
}

function componentsOf(parameter: AbiParameter): readonly AbiParameter[] {
  return (parameter as { components?: readonly AbiParameter[] }).components ?? [];
}

function readJson(type: string, text: string): unknown {
  try {
    return JSON.parse(text.trim() === "" ? "null" : text);
  } catch {
    throw new Error(`${type} is written as JSON; numbers beyond 2^53 in quotes.`);
  }
}

function ofJson(parameter: AbiParameter, value: unknown): unknown {
  const element = elementOf(parameter);
  if (element !== undefined) {
    if (!Array.isArray(value)) throw new Error(`${parameter.type} is a JSON array: ${exampleOf(parameter)}`);
    const length = /\[(\d+)\]$/.exec(parameter.type)?.[1];
    if (length !== undefined && value.length !== Number(length)) throw new Error(`${parameter.type} has ${length} elements, not ${value.length}.`);
    return value.map((each) => ofJson(element, each));
  }
  if (parameter.type === "tuple") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`A tuple is a JSON object: ${exampleOf(parameter)}`);
    const given = value as Record<string, unknown>;
    const components = componentsOf(parameter);
    const unknown = Object.keys(given).find((key) => !components.some(({ name }) => name === key));
    if (unknown !== undefined) throw new Error(`The tuple has no field "${unknown}".`);
    return Object.fromEntries(
      components.map((each) => {
        const name = each.name ?? "";
        if (!(name in given)) throw new Error(`The field "${name}" is missing.`);
        return [name, ofJson(each, given[name])];
      }),
    );
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error(`${value} is not exact: write it in quotes.`);
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") throw new Error(`A value of type ${parameter.type} is missing.`);
  return ofText(parameter.type, String(value));
}

function ofText(type: string, text: string): unknown {
  if (type === "string") return text;
  if (text === "") throw new Error("A value is missing.");
  if (type === "bool") {
    if (text !== "true" && text !== "false") throw new Error("Write true or false.");
    return text === "true";
  }
  if (type === "address") {
    if (!isAddress(text, { strict: false })) throw new Error("An address has 20 bytes: 0x and 40 hex digits.");
    if (text !== text.toLowerCase() && !isAddress(text)) throw new Error("The capitals of this address are wrong: was it mistyped?");
    return getAddress(text.toLowerCase());
  }
  if (type.startsWith("bytes")) return ofBytes(type, text);
  const match = /^(u?)int(\d+)$/.exec(type);
  if (match !== null) return ofInteger(match[1] === "u", Number(match[2]), text);
  throw new Error(`The type ${type} cannot be typed here.`);
}

function ofBytes(type: string, text: string): string {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) throw new Error("Bytes are 0x and an even number of hex digits.");
  const length = type === "bytes" ? undefined : Number(type.slice(5));
  const given = (text.length - 2) / 2;
  if (length !== undefined && given !== length) throw new Error(`${type} has ${length} bytes, not ${given}.`);
  return text;
}

/** Plain, with a power of ten, or in X0T. Integers up to 48 bits are numbers to viem, longer ones bigints. */
function ofInteger(isUnsigned: boolean, bits: number, text: string): bigint | number {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e(\d{1,2})|\s*(X0T|ETH))?$/i.exec(/^-?[1-9]\d{0,2}(?:,\d{3})+(?:\D|$)/.test(text) ? text.replaceAll(",", "") : text.replaceAll("_", ""));
  if (match === null) throw new Error("Write a whole number, 1e18, or an amount such as 1.5 X0T.");
  const [, sign, whole = "", fraction = "", exponent, unit] = match;
  const power = unit === undefined ? Number(exponent ?? 0) : 18;
  if (fraction.length > power) throw new Error("It must be a whole number.");
  const value = BigInt(`${sign}${whole}${fraction}${"0".repeat(power - fraction.length)}`);
  const [least, most] = isUnsigned ? [0n, (1n << BigInt(bits)) - 1n] : [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
  if (value < least || value > most) throw new Error(`It must be from ${least} to ${most}.`);
  return bits <= 48 ? Number(value) : value;
}

/** A result for people: every digit, names of fields, nested. */
export function showValue(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? each.toString() : each), 2) ?? "nothing";
}
