import { useState } from "react";
import { useConnection } from "wagmi";
import { nodeRegistryAbi } from "../../../../core/abi/NodeRegistry.ts";
import { getConfig } from "../../config.ts";
import type { OperatedNode } from "../../data/queries/operate.graphql.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { useApproval } from "../../tx/useApproval.ts";
import { Amount, exactX0t } from "../../ui/Amount.tsx";
import { AmountField } from "../../ui/AmountField.tsx";
import { parseAmount } from "../../ui/parseAmount.ts";
import { useBalances } from "../../wallet/useBalances.ts";

export function StakeAction({ node }: { node: OperatedNode }) {
  const { address } = useConnection();
  const { NodeRegistry: registry } = getConfig().contracts.contracts;
  const { minStake } = getConfig().parameters;
  const [text, setText] = useState("");
  const typed = parseAmount(text);
  const wei = typed !== undefined && "wei" in typed ? typed.wei : undefined;
  const balance = useBalances(address).data?.x0tWei;
  const approval = useApproval(registry, wei);
  const after = BigInt(node.stake) + (wei ?? 0n);
  const steps =
    wei === undefined || approval === undefined
      ? []
      : [
          ...approval,
          {
            title: `Stake ${exactX0t(wei)} X0T for node ${node.index}`,
            effect: (
              <>
                Moves {exactX0t(wei)} X0T from your account into the registry {registry}, burn-free. The node then has {exactX0t(after)} X0T at stake; they earn and vote from the next
                epoch on{after < minStake && `, once there are ${exactX0t(minStake)} X0T`}. You get them back by unstaking.
              </>
            ),
            call: { address: registry, abi: nodeRegistryAbi, functionName: "stake", args: [node.index, wei] },
          },
        ];
  return (
    <div className="grid gap-4">
      <AmountField
        label="X0T to add"
        value={text}
        onChange={setText}
        mostWei={balance}
        mostName="your whole balance"
        note={
          <>
            You have <Amount wei={balance} />; <Amount wei={BigInt(node.stake)} /> are at stake now.
          </>
        }
      />
      <TransactionPanel
        action={wei === undefined ? "Stake" : `Stake ${exactX0t(wei)} X0T`}
        steps={steps}
        blocked={wei !== undefined && balance !== undefined && wei > balance ? `You have ${exactX0t(balance)} X0T, ${exactX0t(wei)} X0T are needed.` : undefined}
        onDone={() => setText("")}
      />
    </div>
  );
}
