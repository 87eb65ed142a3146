import { X0tError } from "../core/x0tError.ts";
import { revertedError, revertOf } from "../core/revert.ts";
import type { Account, Chain, WalletClient, Transport } from "viem";
import { simulateContract, waitForTransactionReceipt } from "viem/actions";
import type { TxSender } from "./client.ts";

/**
 * A sender over a viem wallet, for browsers and one-off scripts. Long-lived processes use runtime/txQueue.ts, which also
 * survives lost connections.
 */
export function walletSender(client: WalletClient<Transport, Chain, Account>, timeoutMs = 120_000): TxSender {
  return {
    account: client.account.address,
    client,
    async send(call, signal) {
      signal?.throwIfAborted();
      try {
        await simulateContract(client, { ...call, account: client.account });
        const hash = await client.writeContract(call);
        const receipt = await waitForTransactionReceipt(client, { hash, timeout: timeoutMs });
        if (receipt.status === "success") return receipt;
      } catch (error) {
        const revert = revertOf(error);
        throw revert === undefined ? error : revertedError(call.functionName, revert, error);
      }
      throw new X0tError("X0T_REVERTED", `${call.functionName} was mined but reverted: the chain moved in between.`, {
        retryable: true,
        data: { functionName: call.functionName, error: "" },
      });
    },
  };
}
