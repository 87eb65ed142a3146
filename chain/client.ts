import type { Abi, Account, Address, Chain, Client, TransactionReceipt, Transport } from "viem";

/** Any viem client can read: a PublicClient, or a WalletClient of an account. */
export type Reader = Client<Transport, Chain | undefined, Account | undefined>;

/** One call of a contract, arguments already in the types of its ABI. */
export interface ContractCall {
  address: Address;
  abi: Abi;
  functionName: string;
  args: readonly unknown[];
}

/**
 * What a writing action needs: an account whose transactions go out one after the other.
 * `runtime/txQueue.ts` is the one that processes use; `chain/walletSender.ts` adapts a viem wallet.
 */
export interface TxSender {
  account: Address;
  client: Reader;
  /**
   * Simulates, sends and waits for the receipt of a successful transaction.
   * @throws X0T_REVERTED naming the contract's custom error, X0T_RPC_DOWN, X0T_FEE_CAP, X0T_TX_TIMEOUT
   */
  send(call: ContractCall, signal?: AbortSignal): Promise<TransactionReceipt>;
}
