import { encodeAbiParameters, keccak256, type Address, type Hex, type StateOverride } from "viem";
import { simulateContract } from "viem/actions";
import type { ContractCall, Reader } from "../../../chain/client.ts";

/** Where X0TToken keeps what an owner allowed a spender: the second variable of OpenZeppelin's ERC20. */
const ALLOWANCES_SLOT = 1n;

/**
 * Tries calls that are to be sent one after the other, on the newest state: the first, and if it only approves X0T, the
 * second as if that were done. Whoever approves for nothing has paid for nothing.
 * @throws what viem throws, with `functionName` of the call that would fail
 */
export async function tryCalls(client: Reader, parameters: { token: Address; account: Address; calls: readonly ContractCall[] }): Promise<void> {
  const { token, account, calls } = parameters;
  const [first, second] = calls;
  if (first === undefined) return;
  await tryOne(client, account, first);
  const isApproval = first.functionName === "approve" && first.address.toLowerCase() === token.toLowerCase();
  if (!isApproval || second === undefined) return;
  const [spender, amount] = first.args as [Address, bigint];
  const value = encodeAbiParameters([{ type: "uint256" }], [amount]);
  await tryOne(client, account, second, [{ address: token, stateDiff: [{ slot: allowanceSlot(account, spender), value }] }]);
}

/** A call that a trial refused; `cause` says why. */
export class TrialError extends Error {
  readonly functionName: string;

  constructor(functionName: string, cause: unknown) {
    super(`the trial of ${functionName} failed`, { cause });
    this.name = "TrialError";
    this.functionName = functionName;
  }
}

async function tryOne(client: Reader, account: Address, call: ContractCall, stateOverride?: StateOverride): Promise<void> {
  try {
    await simulateContract(client, { ...call, account, ...(stateOverride !== undefined && { stateOverride }) });
  } catch (error) {
    throw new TrialError(call.functionName, error);
  }
}

function allowanceSlot(owner: Address, spender: Address): Hex {
  const ofOwner = keccak256(encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [owner, ALLOWANCES_SLOT]));
  return keccak256(encodeAbiParameters([{ type: "address" }, { type: "bytes32" }], [spender, ofOwner]));
}
