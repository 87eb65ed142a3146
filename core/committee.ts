import { encodeAbiParameters, hexToBigInt, keccak256, type Hex } from "viem";
import { COMMITTEE_SIZE } from "./parameters.ts";

/**
 * The committee of a slot, as `ProofLedger.committee` draws it.
 * Draw i takes r = keccak(entropy, i) mod (remaining weight) and walks the indices upwards until the running sum exceeds r.
 * @param weights draw weight in wei of every node by index, at the start of epoch − 1.
 * @returns at most 5 distinct indices, in the order drawn.
 */
export function committeeOf(parameters: {
  seed: Hex;
  node: number;
  slot: number;
  weights: readonly bigint[];
  size?: number;
}): number[] {
  const { seed, node, slot, weights } = parameters;
  const entropy = slotEntropy(seed, node, slot);
  const taken = new Set([node]);
  let remaining = weights.reduce((sum, weight, index) => (index === node ? sum : sum + weight), 0n);
  const drawn: number[] = [];
  for (let draw = 0; draw < (parameters.size ?? COMMITTEE_SIZE) && remaining > 0n; draw++) {
    let point = drawPoint(entropy, draw) % remaining;
    for (const [index, weight] of weights.entries()) {
      if (taken.has(index)) continue;
      if (point < weight) {
        drawn.push(index);
        taken.add(index);
        remaining -= weight;
        break;
      }
      point -= weight;
    }
  }
  return drawn;
}

/** ⌊m/2⌋ + 1 of a committee of m; a slot with m < MIN_WITNESSES cannot be claimed. */
export function quorumOf(committeeSize: number): number {
  return Math.floor(committeeSize / 2) + 1;
}

/** keccak256(abi.encode(seed, node, slot)). */
export function slotEntropy(seed: Hex, node: number, slot: number): Hex {
  return keccak256(
    encodeAbiParameters([{ type: "bytes32" }, { type: "uint32" }, { type: "uint8" }], [seed, node, slot]),
  );
}

function drawPoint(entropy: Hex, draw: number): bigint {
  return hexToBigInt(
    keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint256" }], [entropy, BigInt(draw)])),
  );
}

/** The seed of an epoch nobody poked for: keccak256(abi.encode(last seed, epoch)), applied once to the last written seed. */
export function fallbackSeed(lastSeed: Hex, epoch: bigint): Hex {
  return keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint64" }], [lastSeed, epoch]));
}
