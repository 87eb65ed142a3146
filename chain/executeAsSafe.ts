import {
  BaseError,
  concat,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  hexToBigInt,
  isAddressEqual,
  parseAbi,
  zeroAddress,
  type Address,
  type Hex,
  type LocalAccount,
  type TransactionReceipt,
} from "viem";
import { call, getChainId, readContract } from "viem/actions";
import { revertedError, revertOf } from "../core/revert.ts";
import { X0tError } from "../core/x0tError.ts";
import type { TxSender } from "./client.ts";

/** What we use of Safe 1.5. */
const safeAbi = parseAbi([
  "function nonce() view returns (uint256)",
  "function getThreshold() view returns (uint256)",
  "function getOwners() view returns (address[])",
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) payable returns (bool)",
]);

const SAFE_TX = [
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "data", type: "bytes" },
  { name: "operation", type: "uint8" },
  { name: "safeTxGas", type: "uint256" },
  { name: "baseGas", type: "uint256" },
  { name: "gasPrice", type: "uint256" },
  { name: "gasToken", type: "address" },
  { name: "refundReceiver", type: "address" },
  { name: "nonce", type: "uint256" },
] as const;

/**
 * Makes one call as a Safe, signed here by enough of its owners; the sender, who may be anybody, pays the gas.
 * @throws X0T_SAFE_OWNERS, X0T_REVERTED with what the called contract said
 */
export async function executeAsSafe(
  sender: TxSender,
  parameters: { safe: Address; owners: readonly LocalAccount[]; to: Address; data: Hex; functionName: string },
  signal?: AbortSignal,
): Promise<TransactionReceipt> {
  const { safe, owners, to, data, functionName } = parameters;
  const at = { address: safe, abi: safeAbi } as const;
  const [nonce, threshold, known, chainId] = await Promise.all([
    readContract(sender.client, { ...at, functionName: "nonce" }),
    readContract(sender.client, { ...at, functionName: "getThreshold" }),
    readContract(sender.client, { ...at, functionName: "getOwners" }),
    getChainId(sender.client),
  ]).catch((cause: unknown) => {
    if (!(cause instanceof BaseError) || cause.walk((error) => error instanceof ContractFunctionZeroDataError || error instanceof ContractFunctionRevertedError) === null) throw cause;
    throw new X0tError("X0T_BAD_CONTRACT", `${safe} is no Safe: it must send this with a wallet of its own.`, { cause });
  });
  const signing = owners.filter(({ address }, index) => known.some((owner) => isAddressEqual(owner, address)) && owners.findIndex((other) => other.address === address) === index);
  if (BigInt(signing.length) < threshold) {
    throw new X0tError("X0T_SAFE_OWNERS", `The Safe ${safe} asks for ${threshold} of its ${known.length} owners; ${signing.length} of these keys are theirs.`, {
      data: { safe, threshold: Number(threshold), owners: [...known] },
    });
  }
  // Safe says of a failed call only that it failed: ask the contract itself first.
  await call(sender.client, { account: safe, to, data }).catch((error: unknown) => {
    const revert = revertOf(error);
    throw revert === undefined ? error : revertedError(functionName, revert, error);
  });
  const transaction = { to, value: 0n, data, operation: 0, safeTxGas: 0n, baseGas: 0n, gasPrice: 0n, gasToken: zeroAddress, refundReceiver: zeroAddress };
  const typed = { domain: { chainId, verifyingContract: safe }, types: { SafeTx: SAFE_TX }, primaryType: "SafeTx", message: { ...transaction, nonce } } as const;
  // Safe takes them in the order of the owners' addresses.
  const sorted = signing.toSorted((left, right) => (hexToBigInt(left.address) < hexToBigInt(right.address) ? -1 : 1));
  const signatures = concat(await Promise.all(sorted.map((owner) => owner.signTypedData(typed))));
  return sender.send({ address: safe, abi: safeAbi, functionName: "execTransaction", args: [...Object.values(transaction), signatures] }, signal);
}
