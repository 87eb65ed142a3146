import { createWalletClient, http, parseEther, sha256, toHex, type Address } from "viem";
import { registerNode } from "../../../chain/registerNode.ts";
import { signWitnessProof } from "../../../chain/signWitnessProof.ts";
import { transferToken } from "../../../chain/transferToken.ts";
import { walletSender } from "../../../chain/walletSender.ts";
import { chainOf } from "../../../chain/createReader.ts";
import type { TxSender } from "../../../chain/client.ts";
import type { NodeId } from "../../../core/ids.ts";
import { X0T } from "../../../core/parameters.ts";
import { startProtocolChain, type ProtocolChain } from "../../support/protocolChain.ts";

/** Base Sepolia's: snapshot.js knows no development chain. */
export const CHAIN_ID = 84_532;
/** Where Snapshot begins to read it. */
export const FIRST_BLOCK = 1_059_647;
export const SPACE = "x0t.eth";

/** Stakes of accounts 0 to 2, in whole X0T; account 3 owns the space's name and has none. */
export const STAKES = [2_500n, 900n, 100n] as const;
export const OWNER = 3;
export const SAFE_STAKE = 400n;

/**
 * anvil with Base Sepolia's chain id, all blocks kept: three operators, and the guardian's Safe as the operator of a
 * fourth node; then five empty blocks, so that a recent block knows their stakes.
 */
export async function startVotingChain(): Promise<ProtocolChain> {
  const chain = await startProtocolChain({ chainId: CHAIN_ID, args: ["--number", String(FIRST_BLOCK)] });
  try {
    for (const [index, stake] of STAKES.entries()) await registerVoter(chain, index, stake);
    await registerSafe(chain);
    await chain.test.mine({ blocks: 5 });
    return chain;
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/** Account `index` registers a node with whole X0T at stake. */
export async function registerVoter(chain: ProtocolChain, index: number, stake: bigint): Promise<void> {
  await register(chain, chain.sender(index), index, stake * X0T);
}

async function register(chain: ProtocolChain, sender: TxSender, index: number, stakeWei: bigint): Promise<void> {
  const hot = chain.accounts[12 + index]!;
  const { X0TToken: token, NodeRegistry: registry } = chain.contracts;
  const nodeId = sha256(toHex(`voter ${index}`)) as NodeId;
  await registerNode(sender, {
    token,
    registry,
    nodeId,
    witness: hot.address,
    metadata: sha256(nodeId),
    stakeWei,
    proofOfPossession: await signWitnessProof(hot, { chainId: CHAIN_ID, registry, operator: sender.account, nodeId }),
  });
}

/** What two of its owners would send; how a Safe executes is Safe's matter. */
async function registerSafe(chain: ProtocolChain): Promise<void> {
  const { X0TToken: token, GuardianSafe: safe } = chain.contracts;
  await transferToken(chain.sender(OWNER), { token, to: safe, amountWei: 1_000n * X0T });
  await chain.test.impersonateAccount({ address: safe });
  await chain.test.setBalance({ address: safe, value: parseEther("1") });
  const wallet = createWalletClient({ account: safe, chain: chainOf(CHAIN_ID, [chain.rpcUrl]), transport: http(chain.rpcUrl), pollingInterval: 10 });
  await register(chain, walletSender(wallet), 11, SAFE_STAKE * X0T);
  await chain.test.stopImpersonatingAccount({ address: safe });
}

export function addressOf(chain: ProtocolChain, index: number): Address {
  return chain.accounts[index]!.address;
}
