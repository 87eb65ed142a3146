import type { Address, Hex } from "viem";
import { readContract } from "viem/actions";
import { proofLedgerAbi } from "../core/abi/ProofLedger.ts";
import type { Reader } from "./client.ts";

/** The committee seed of `epoch`. It is settled once the epoch has begun: before, a poke may still write it. */
export async function readSeed(client: Reader, parameters: { ledger: Address; epoch: number }): Promise<Hex> {
  return readContract(client, {
    address: parameters.ledger,
    abi: proofLedgerAbi,
    functionName: "seedOf",
    args: [BigInt(parameters.epoch)],
  });
}
