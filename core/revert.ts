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
import type { Hint } from "./hint.ts";
import { LEDGER_HINTS } from "./ledgerHints.ts";
import { MARKET_HINTS } from "./marketHints.ts";
import { REGISTRY_HINTS } from "./registryHints.ts";
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
  const hint = revertHint(revert);
  return new X0tError("X0T_REVERTED", `The contract refused ${functionName} ${said}.${hint === undefined ? "" : ` ${hint}`}`, {
    cause,
    data: { functionName, error: revert.name, args: revert.args },
  });
}

/** What a custom error of ours means, with its amounts and times; undefined for any other. */
export function revertHint({ name, args }: Revert): string | undefined {
  const known = HINTS[name];
  return typeof known === "function" ? known(args) : known;
}

/** True if `error` is X0T_REVERTED by one of these Solidity errors. */
export function isRevert(error: unknown, ...names: string[]): boolean {
  return error instanceof X0tError && error.code === "X0T_REVERTED" && names.includes(String(error.data.error));
}

/** What every custom error means and the way out: test/core/revert.test.ts sees that none is left out. */
const HINTS: Record<string, Hint> = { ...REGISTRY_HINTS, ...LEDGER_HINTS, ...MARKET_HINTS, ...GOVERNANCE_HINTS };
