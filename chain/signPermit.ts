import { parseSignature, type Address, type Hex } from "viem";
import { readContract } from "viem/actions";
import { x0tTokenAbi } from "../core/abi/X0TToken.ts";
import { permit } from "../core/eip712.ts";
import type { Reader } from "./client.ts";
import { readHead } from "./readHead.ts";

/** Long enough for a slow chain, short enough that a permit that was not used is soon worth nothing. */
const VALID_SECONDS = 1_800;

/** Whoever signs typed data for an account: a key (viem's LocalAccount) or a wallet in the browser. */
export interface PermitSigner {
  address: Address;
  signTypedData(typed: ReturnType<typeof permit>): Promise<Hex>;
}

/** The signature that lets `spender` take `amountWei` of the owner's X0T once (ERC-2612), in the order contracts take it. */
export async function signPermit(
  client: Reader,
  owner: PermitSigner,
  parameters: { chainId: number; token: Address; spender: Address; amountWei: bigint },
): Promise<{ deadline: bigint; v: number; r: Hex; s: Hex }> {
  const { chainId, token, spender, amountWei: value } = parameters;
  const [nonce, head] = await Promise.all([
    readContract(client, { address: token, abi: x0tTokenAbi, functionName: "nonces", args: [owner.address] }),
    readHead(client),
  ]);
  const deadline = BigInt(head.timestamp + VALID_SECONDS);
  const message = { owner: owner.address, spender, value, nonce, deadline };
  const { r, s, yParity } = parseSignature(await owner.signTypedData(permit({ chainId, token }, message)));
  return { deadline, v: 27 + yParity, r, s };
}
