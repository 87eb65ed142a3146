import assert from "node:assert/strict";
import { encodeAbiParameters, type AbiParameter } from "viem";
import { CONTRACTS, functionsOf, signatureOf, type ContractName } from "../../../../web/src/pages/debug/contracts.ts";
import { exampleOf, parseValue, showValue } from "../../../../web/src/pages/debug/values.ts";

const parse = (type: string, text: string, components?: AbiParameter[]) => parseValue({ type, name: "x", ...(components && { components }) } as AbiParameter, text);
const ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7";

describe("inputs of the debug page, by the types of the ABI", () => {
  it("integers: plain, with a power of ten, in X0T, within their bits", () => {
    assert.equal(parse("uint256", "12"), 12n);
    assert.equal(parse("uint256", "1e18"), 10n ** 18n);
    assert.equal(parse("uint256", "1.5 X0T"), 15n * 10n ** 17n);
    for (const text of ["1,000,000", "1_000_000"]) assert.equal(parse("uint96", text), 1_000_000n);
    assert.throws(() => parse("uint96", "0,125"), /whole number/);
    assert.equal(parse("int256", "-3"), -3n);
    assert.equal(parse("uint32", "7"), 7);
    for (const [type, text, words] of [["uint8", "256", /from 0 to 255/], ["uint8", "-1", /from 0 to 255/], ["int8", "128", /from -128 to 127/], ["uint256", "1.5", /whole number/], ["uint256", "x", /whole number/], ["uint256", "", /missing/]] as const) {
      assert.throws(() => parse(type, text), words);
    }
  });

  it("addresses, booleans, bytes and texts", () => {
    assert.equal(parse("address", ADDRESS.toLowerCase()), ADDRESS);
    assert.throws(() => parse("address", ADDRESS.replace("E0F", "e0F")), /capitals/);
    assert.throws(() => parse("address", "0x12"), /20 bytes/);
    assert.deepEqual([parse("bool", "true"), parse("bool", " false ")], [true, false]);
    assert.throws(() => parse("bool", "1"), /true or false/);
    assert.equal(parse("bytes", "0x"), "0x");
    assert.throws(() => parse("bytes", "0x123"), /even number/);
    assert.throws(() => parse("bytes32", "0x12"), /32 bytes, not 1/);
    assert.equal(parse("string", "any thing"), "any thing");
  });

  it("arrays and tuples as JSON", () => {
    assert.deepEqual(parse("uint64[]", '[1, "2", 3]'), [1n, 2n, 3n]);
    assert.deepEqual(parse("uint8[2]", "[1,2]"), [1, 2]);
    assert.throws(() => parse("uint8[2]", "[1]"), /has 2 elements, not 1/);
    assert.throws(() => parse("uint256[]", "[1e30]"), /in quotes/);
    assert.throws(() => parse("uint256[]", "12"), /JSON array/);
    assert.throws(() => parse("uint256[]", "[1"), /as JSON/);
    const components = [{ type: "uint32", name: "node" }, { type: "bytes32[]", name: "proof" }];
    assert.deepEqual(parse("tuple[]", '[{"node":3,"proof":[]}]', components), [{ node: 3, proof: [] }]);
    assert.throws(() => parse("tuple", '{"node":3}', components), /"proof" is missing/);
    assert.throws(() => parse("tuple", '{"node":3,"proof":[],"x":1}', components), /no field "x"/);
    assert.throws(() => parse("tuple", "[]", components), /JSON object/);
  });

  it("every input of every function can be typed, and what is typed can be encoded", () => {
    let inputs = 0;
    for (const name of Object.keys(CONTRACTS) as ContractName[]) {
      for (const each of functionsOf(name)) {
        for (const input of each.inputs) {
          inputs++;
          assert.notEqual(exampleOf(input), "", `${name}.${signatureOf(each)}`);
          const value = parseValue(input, sampleText(input));
          assert.doesNotThrow(() => encodeAbiParameters([input], [value]), `${name}.${signatureOf(each)} ${input.type}`);
        }
      }
    }
    assert.ok(inputs > 200, `${inputs}`);
  });

  it("shows results with every digit", () => {
    assert.equal(showValue(10n ** 30n), '"1000000000000000000000000000000"');
    assert.equal(showValue(undefined), "nothing");
  });
});

function sampleText(parameter: AbiParameter): string {
  const value = sample(parameter);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function sample(parameter: AbiParameter): unknown {
  const array = /^(.*)\[(\d*)\]$/.exec(parameter.type);
  if (array !== null) return Array.from({ length: array[2] === "" ? 2 : Number(array[2]) }, () => sample({ ...parameter, type: array[1] } as AbiParameter));
  if (parameter.type === "tuple") return Object.fromEntries((parameter as { components: readonly AbiParameter[] }).components.map((each) => [each.name, sample(each)]));
  if (parameter.type === "address") return ADDRESS;
  if (parameter.type === "bool") return "true";
  if (parameter.type === "string") return "text";
  if (parameter.type.startsWith("bytes")) return `0x${"11".repeat(Number(parameter.type.slice(5) || 3))}`;
  return "12";
}
