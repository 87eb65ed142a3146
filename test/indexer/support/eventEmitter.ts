import { concat, encodeAbiParameters, encodeEventTopics, numberToHex, pad, type Abi, type Hex } from "viem";

/**
 * A contract that emits whatever it is told: calldata = number of topics, four topics (unused ones zero), data.
 * It stands at the protocol's addresses, so that any order of events and any block time can be had.
 */


const HEADER_BYTES = 160;

export const EMITTER_CODE: Hex = assemble();

/** Calldata that makes the emitter emit `eventName(args)`. */
export function emission(abi: Abi, eventName: string, args: Record<string, unknown>): Hex {
  const topics = encodeEventTopics({ abi, eventName, args } as never) as Hex[];
  const event = abi.find((item) => item.type === "event" && item.name === eventName);
  if (event?.type !== "event") throw new Error(`no event ${eventName}`);
  const plain = event.inputs.filter((input) => input.indexed !== true);
  const data = encodeAbiParameters(
    plain,
    plain.map((input) => args[input.name ?? ""]),
  );
  const words = [0, 1, 2, 3].map((i) => topics[i] ?? pad("0x00", { size: 32 }));
  return concat([numberToHex(topics.length, { size: 32 }), ...words, data]);
}

function assemble(): Hex {
  const PUSH1 = 0x60;
  const branches = [1, 2, 3, 4].map((count) => {
    const topics = Array.from({ length: count }, (_, i) => [PUSH1, 32 * (count - i), 0x35]).flat();
    // size = CALLDATASIZE - 160, offset = 0, LOGcount, STOP
    return [0x5b, ...topics, PUSH1, HEADER_BYTES, 0x36, 0x03, PUSH1, 0, 0xa0 + count, 0x00];
  });
  // CALLDATACOPY(0, 160, CALLDATASIZE - 160)
  const copy = [PUSH1, HEADER_BYTES, 0x36, 0x03, PUSH1, HEADER_BYTES, PUSH1, 0, 0x37];
  const dispatchBytes = branches.length * 9;
  let target = copy.length + dispatchBytes + 1;
  const dispatch = branches.flatMap((branch, i) => {
    const jump = [PUSH1, 0, 0x35, PUSH1, i + 1, 0x14, PUSH1, target, 0x57];
    target += branch.length;
    return jump;
  });
  return `0x${Buffer.from([...copy, ...dispatch, 0x00, ...branches.flat()]).toString("hex")}`;
}
