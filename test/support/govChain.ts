import { sha256, toHex } from "viem";
import { registerNode } from "../../chain/registerNode.ts";
import { signWitnessProof } from "../../chain/signWitnessProof.ts";
import { X0T } from "../../core/parameters.ts";
import { startProtocolChain, type ProtocolChain } from "./protocolChain.ts";

/** Stakes of accounts 0 to 4, in whole X0T: 20 % of 5,000 are the quorum. */
export const STAKES = [1_000n, 900n, 2_500n, 500n, 100n] as const;

/** The protocol with five operators, whose stakes are a second old: they may propose. */
export async function startGovChain(): Promise<ProtocolChain> {
  const chain = await startProtocolChain();
  try {
    for (const [index, stake] of STAKES.entries()) {
      const hot = chain.accounts[12 + index]!;
      const { X0TToken: token, NodeRegistry: registry } = chain.contracts;
      const nodeId = sha256(toHex(`voter ${index}`));
      const proof = { chainId: chain.book.chainId, registry, operator: chain.accounts[index]!.address, nodeId };
      await registerNode(chain.sender(index), {
        token,
        registry,
        nodeId,
        witness: hot.address,
        metadata: sha256(nodeId),
        stakeWei: stake * X0T,
        proofOfPossession: await signWitnessProof(hot, proof),
      });
    }
    await passSeconds(chain, 2);
    return chain;
  } catch (error) {
    await chain.close();
    throw error;
  }
}

export async function passSeconds(chain: ProtocolChain, seconds: number): Promise<void> {
  await chain.warpTo((await chain.head()).timestamp + seconds);
}
