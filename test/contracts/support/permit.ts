import { parseSignature, type Address, type Hex } from "viem";
import { chainId, type Protocol, type wallets } from "./protocol.ts";

/** An ERC-2612 permit for X0T, as the contracts take it. */
export interface Permit {
  deadline: bigint;
  v: number;
  r: Hex;
  s: Hex;
}

export async function signPermit(
  { token }: Pick<Protocol, "token">,
  owner: (typeof wallets)[number],
  spender: Address,
  value: bigint,
  deadline = 2n ** 64n,
  on = chainId,
): Promise<Permit> {
  const nonce = await token.read.nonces([owner.account.address]);
  const signature = await owner.signTypedData({
    domain: { name: "X0TToken", version: "1", chainId: on, verifyingContract: token.address },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: owner.account.address, spender, value, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return { deadline, v: 27 + yParity, r, s };
}
