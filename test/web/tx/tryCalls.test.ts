import assert from "node:assert/strict";
import { nodeRegistryAbi } from "../../../core/abi/NodeRegistry.ts";
import { x0tTokenAbi } from "../../../core/abi/X0TToken.ts";
import { X0T } from "../../../core/parameters.ts";
import { revertOf } from "../../../core/revert.ts";
import { signWitnessProof } from "../../../chain/signWitnessProof.ts";
import { TrialError, tryCalls } from "../../../web/src/tx/tryCalls.ts";
import { startProtocolChain, type ProtocolChain } from "../../support/protocolChain.ts";

describe("trying calls before the first is signed", function () {
  this.timeout(60_000);
  let chain: ProtocolChain;
  before(async () => (chain = await startProtocolChain()));
  after(() => chain.close());

  const NODE_ID = `0x${"5".repeat(64)}` as const;
  const calls = async (stakeWei: bigint, approvedWei = stakeWei) => {
    const { X0TToken: token, NodeRegistry: registry } = chain.contracts;
    const [operator, hot] = [chain.accounts[1]!, chain.accounts[13]!];
    const proof = await signWitnessProof(hot, { chainId: 31337, registry, operator: operator.address, nodeId: NODE_ID });
    const approve = { address: token, abi: x0tTokenAbi, functionName: "approve", args: [registry, approvedWei] };
    const register = { address: registry, abi: nodeRegistryAbi, functionName: "register", args: [NODE_ID, hot.address, NODE_ID, stakeWei, proof] };
    return { token, account: operator.address, calls: [approve, register] };
  };
  const refusal = async (stakeWei: bigint, approvedWei?: bigint) => {
    const error = await tryCalls(chain.client, await calls(stakeWei, approvedWei)).then(() => undefined, (thrown: unknown) => thrown);
    assert.ok(error instanceof TrialError);
    return [error.functionName, revertOf(error.cause)?.name];
  };

  it("the second passes as if the approval before it were mined, and nothing is sent", async () => {
    const { number } = await chain.head();
    await tryCalls(chain.client, await calls(100n * X0T));
    assert.equal((await chain.head()).number, number);
  });

  it("the second is refused before anybody paid for the approval", async () => {
    assert.deepEqual(await refusal(99n * X0T), ["register", "NodeRegistry_StakeTooSmall"]);
    assert.deepEqual(await refusal(100n * X0T, 99n * X0T), ["register", "ERC20InsufficientAllowance"]);
    assert.deepEqual(await refusal(1_000_000n * X0T), ["register", "ERC20InsufficientBalance"]);
  });

  it("what does not follow an approval is tried when its turn comes", async () => {
    const { token, account, calls: [, register] } = await calls(100n * X0T);
    assert.ok(register !== undefined);
    const transfer = { address: token, abi: x0tTokenAbi, functionName: "transfer", args: [account, 1n] };
    await tryCalls(chain.client, { token, account, calls: [transfer, register] });
    await tryCalls(chain.client, { token, account, calls: [] });
  });
});
