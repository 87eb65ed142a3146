import { BaseError, ContractFunctionRevertedError, decodeErrorResult, type Hex } from "viem";
import { epochRewardsAbi } from "./abi/EpochRewards.ts";
import { guardianSeatAbi } from "./abi/GuardianSeat.ts";
import { marketplaceAbi } from "./abi/Marketplace.ts";
import { nodeRegistryAbi } from "./abi/NodeRegistry.ts";
import { proofLedgerAbi } from "./abi/ProofLedger.ts";
import { relayChannelsAbi } from "./abi/RelayChannels.ts";
import { x0tGovernorAbi } from "./abi/X0TGovernor.ts";
import { x0tTimelockAbi } from "./abi/X0TTimelock.ts";
import { x0tTokenAbi } from "./abi/X0TToken.ts";
import { GOVERNANCE_HINTS } from "./governanceHints.ts";
import { MARKET_HINTS, type Hint } from "./marketHints.ts";
import { X0tError } from "./x0tError.ts";

/** Every ABI's errors together: a revert may come from a contract that the called one called. */
export const protocolErrorsAbi = [
  ...x0tTokenAbi,
  ...nodeRegistryAbi,
  ...proofLedgerAbi,
  ...epochRewardsAbi,
  ...relayChannelsAbi,
  ...marketplaceAbi,
  ...guardianSeatAbi,
  ...x0tGovernorAbi,
  ...x0tTimelockAbi,
].filter((item) => item.type === "error");

/** What a contract answered instead of doing it. */
export interface Revert {
  /** The Solidity error, `ProofLedger_AlreadyCommitted`; "Error" and "Panic" for the built-in ones, "" for none. */
  name: string;
  args: readonly unknown[];
}

/** The revert inside an error that viem threw; undefined if it is of another kind (lost connection, bad argument). */
export function revertOf(error: unknown): Revert | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) {
    if (reverted.data !== undefined) return { name: reverted.data.errorName, args: reverted.data.args ?? [] };
    return decodeRevert(reverted.raw) ?? { name: reverted.reason === undefined ? "" : "Error", args: [reverted.reason] };
  }
  const raw = error.walk((cause) => typeof (cause as { data?: unknown }).data === "string") as { data?: Hex } | null;
  return raw === null ? undefined : decodeRevert(raw.data);
}

function decodeRevert(data: Hex | undefined): Revert | undefined {
  if (data === undefined || data === "0x") return undefined;
  try {
    const { errorName, args } = decodeErrorResult({ abi: protocolErrorsAbi, data });
    return { name: errorName, args: (args ?? []) as readonly unknown[] };
  } catch {
    return undefined;
  }
}

/** X0T_REVERTED: `data.error` is the Solidity error's name, `data.args` its values. */
export function revertedError(functionName: string, revert: Revert, cause?: unknown): X0tError {
  const values = revert.args.map((value) => String(value)).join(", ");
  const said = revert.name === "" ? "without a reason" : `with ${revert.name}(${values})`;
  const known = HINTS[revert.name];
  const hint = typeof known === "function" ? known(revert.args) : known;
  return new X0tError("X0T_REVERTED", `The contract refused ${functionName} ${said}.${hint === undefined ? "" : ` ${hint}`}`, {
    cause,
    data: { functionName, error: revert.name, args: revert.args },
  });
}

/** True if `error` is X0T_REVERTED by one of these Solidity errors. */
export function isRevert(error: unknown, ...names: string[]): boolean {
  return error instanceof X0tError && error.code === "X0T_REVERTED" && names.includes(String(error.data.error));
}

/** The way out, for the refusals that a person meets. */
const HINTS: Record<string, Hint> = {
  ...MARKET_HINTS,
  ...GOVERNANCE_HINTS,
  ERC20InsufficientBalance: "The account holds too little X0T: send it some.",
  ERC20InsufficientAllowance: "The account must first approve the contract to take its X0T.",
  NodeRegistry_NodeIdTaken: "This node is registered already.",
  NodeRegistry_WitnessTaken: "This hot key belongs to a node already: make a new one.",
  NodeRegistry_StakeTooSmall: "Stake at least the minimum.",
  NodeRegistry_OnlyOperator: "Use the operator's key.",
  NodeRegistry_UnknownNode: "No node has this index: register it first.",
  NodeRegistry_AmountTooLarge: "Choose at most what is there.",
  NodeRegistry_StillUnbonding: "Wait until the unbonding time is over.",
  NodeRegistry_NothingToWithdraw: "Unstake first, then wait for the unbonding time.",
  NodeRegistry_UnderChallenge: "A challenge of this node is open: withdraw after it is answered or enforced.",
  ProofLedger_CommitClosed: "The time to commit this epoch is over.",
  ProofLedger_EpochNotOver: "Commit after the epoch's end.",
  ProofLedger_AlreadyCommitted: "This epoch was committed before; nothing is lost.",
  ProofLedger_NotAuthorized: "Only the operator or the node's hot key may do this.",
  ProofLedger_BadMaintenance: "Announce at least one epoch, and one whole epoch before it begins.",
  ProofLedger_TooMuchMaintenance: "At most 6 of any 168 epochs may be announced as maintenance.",
  ProofLedger_NotActive: "The node must be active at the start and the end of the epoch.",
  ProofLedger_ChallengeClosed: "The time to challenge this epoch is over.",
  ProofLedger_BadSlots: "Name 1 to 4 slots that the commit claims and that nobody named before.",
  ProofLedger_AnswerClosed: "The time to answer is over: the commit is void.",
  EpochRewards_NotFinal: "Claim when the epoch is final.",
  RelayChannels_OnlyPayer: "Only the channel's payer may do this.",
  RelayChannels_Closing: "The channel is closing: open a new one.",
  RelayChannels_TooEarly: "Wait until the close window is over.",
  RelayChannels_NothingToRedeem: "This voucher was redeemed before.",
  X0TToken_NotSealed: "The protocol is not sealed yet: finish the deployment.",
};
