import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { useClient, useConnection } from "wagmi";
import type { ContractCall, Reader } from "../../../../chain/client.ts";
import { nodeRegistryAbi } from "../../../../core/abi/NodeRegistry.ts";
import { x0tTokenAbi } from "../../../../core/abi/X0TToken.ts";
import { RELAY_CHANNEL_WEI } from "../../../../core/parameters.ts";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Amount, exactX0t } from "../../ui/Amount.tsx";
import { AmountField } from "../../ui/AmountField.tsx";
import { parseAmount } from "../../ui/parseAmount.ts";
import { askFaucet } from "../../wallet/askFaucet.ts";
import { useBalances } from "../../wallet/useBalances.ts";
import { afterBurn } from "./rewards.ts";

/** X0T for a hot key's bonds and channels; on a devnet the faucet gives it ETH too. */
export function FundHotKey({ hotKey, node }: { hotKey: Address; node?: number }) {
  const client = useClient();
  const { parameters, faucetUrl } = getConfig();
  const { address } = useConnection();
  const held = useBalances(hotKey).data;
  const mine = useBalances(address).data?.x0tWei;
  const [text, setText] = useState("");
  const typed = parseAmount(text);
  const wei = typed !== undefined && "wei" in typed ? typed.wei : undefined;
  const steps =
    wei === undefined
      ? []
      : [
          {
            title: `Send ${exactX0t(wei)} X0T to the hot key`,
            effect: (
              <>
                {exactX0t(afterBurn(wei).netWei)} X0T reach {hotKey}; {exactX0t(afterBurn(wei).burnedWei)} X0T (1 %) are burned. Whoever holds the node's keys can spend them.
              </>
            ),
            trial: [transferOf(hotKey, wei)],
            call: async () => {
              await requireHotKey(client, node, hotKey);
              return transferOf(hotKey, wei);
            },
          },
        ];
  return (
    <div className="grid gap-4">
      <p className="text-sm">
        The hot key holds <Amount wei={held?.x0tWei} /> and <Amount wei={held?.ethWei} unit="ETH" />. It pays the fees of its proofs, bonds of{" "}
        <Amount wei={parameters.challengeBond} /> when it challenges others, and channels to up to 8 other relays,{" "}
        <Amount wei={RELAY_CHANNEL_WEI} /> each: a node without any lies on no path, is seen by no witness and earns nothing.
      </p>
      {faucetUrl !== null && <FaucetFor account={hotKey} />}
      <AmountField label="X0T to send to the hot key" value={text} onChange={setText} mostWei={mine} mostName="your whole balance" note={<>You have <Amount wei={mine} />.</>} />
      <TransactionPanel
        action={wei === undefined ? "Send" : `Send ${exactX0t(wei)} X0T`}
        steps={steps}
        blocked={wei !== undefined && mine !== undefined && wei > mine ? `You have ${exactX0t(mine)} X0T, ${exactX0t(wei)} X0T are needed.` : undefined}
        onDone={() => setText("")}
      />
    </div>
  );
}

function FaucetFor({ account }: { account: Address }) {
  const queries = useQueryClient();
  const [state, setState] = useState<"idle" | "asking" | "done" | Error>("idle");
  const ask = async () => {
    setState("asking");
    try {
      await askFaucet(account);
      await queries.invalidateQueries({ queryKey: ["balances"] });
      setState("done");
    } catch (error) {
      setState(error as Error);
    }
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <button type="button" className="button" disabled={state === "asking"} onClick={() => void ask()}>
        {state === "asking" ? "Asking the faucet …" : "Fill it from the devnet's faucet"}
      </button>
      <p role="status" className="text-sm text-muted">
        {state === "done" && "It has X0T and ETH now."}
        {state instanceof Error && state.message}
      </p>
    </div>
  );
}

function transferOf(hotKey: Address, wei: bigint): ContractCall {
  return { address: getConfig().contracts.contracts.X0TToken, abi: x0tTokenAbi, functionName: "transfer", args: [hotKey, wei] };
}

/** Any transfer passes a trial: whether this is the node's key now, the registry says, not the index. */
async function requireHotKey(client: Reader | undefined, node: number | undefined, hotKey: Address): Promise<void> {
  if (client === undefined) throw new Error("Connect a wallet first.");
  if (node === undefined) return;
  const { NodeRegistry: address } = getConfig().contracts.contracts;
  const { witness } = await readContract(client, { address, abi: nodeRegistryAbi, functionName: "getNode", args: [node] });
  if (witness.toLowerCase() !== hotKey.toLowerCase()) throw new Error(`The registry names another hot key of node ${node}: ${witness}. Nothing was sent; load the page again.`);
}
