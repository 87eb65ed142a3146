import { useState } from "react";
import { getAddress } from "viem";
import { nodeRegistryAbi } from "../../../../core/abi/NodeRegistry.ts";
import { getConfig } from "../../config.ts";
import type { OperatedNode } from "../../data/queries/operate.graphql.ts";
import { useNow } from "../../data/useNow.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Amount, exactX0t } from "../../ui/Amount.tsx";
import { AmountField } from "../../ui/AmountField.tsx";
import { Countdown } from "../../ui/Countdown.tsx";
import { parseAmount } from "../../ui/parseAmount.ts";
import { dateTime, duration } from "../../ui/time.ts";

/** Stake leaves in two steps: into the unbonding bucket, and after its time back to the operator (REG-3). */
export function UnstakeAction({ node }: { node: OperatedNode }) {
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <Unstake node={node} />
      <Withdraw node={node} />
    </div>
  );
}

function Unstake({ node }: { node: OperatedNode }) {
  const { NodeRegistry: address } = getConfig().contracts.contracts;
  const { minStake, unbondingSeconds } = getConfig().parameters;
  const [text, setText] = useState("");
  const typed = parseAmount(text);
  const wei = typed !== undefined && "wei" in typed ? typed.wei : undefined;
  const [stake, unbonding] = [BigInt(node.stake), BigInt(node.unbonding)];
  const isTooMuch = wei !== undefined && wei > stake;
  const steps =
    wei === undefined || isTooMuch
      ? []
      : [
          {
            title: `Unstake ${exactX0t(wei)} X0T of node ${node.index}`,
            effect: (
              <>
                {exactX0t(stake - wei)} X0T stay at stake; {exactX0t(unbonding + wei)} X0T may be withdrawn {duration(unbondingSeconds)} after this is mined
                {unbonding > 0n && `, also the ${exactX0t(unbonding)} X0T that are unbonding already: their time begins anew`}. Until then they can still be slashed, but earn nothing.
                {stake - wei < minStake && ` Below ${exactX0t(minStake)} X0T the node is not active from the next epoch on: it earns nothing, is no witness, and breaks its bonus.`} The
                operator's votes shrink by as much.
              </>
            ),
            call: { address, abi: nodeRegistryAbi, functionName: "unstake", args: [node.index, wei] },
          },
        ];
  return (
    <section className="grid content-start gap-4" aria-labelledby="unstake-title">
      <h3 id="unstake-title" className="font-semibold">
        1. Unstake
      </h3>
      <AmountField
        label="X0T to take out of the stake"
        value={text}
        onChange={setText}
        mostWei={stake}
        mostName="the whole stake"
        note={
          <>
            <Amount wei={stake} /> are at stake; less than <Amount wei={minStake} /> ends the node's work.
          </>
        }
      />
      <TransactionPanel
        isDanger
        action={wei === undefined ? "Unstake" : `Unstake ${exactX0t(wei)} X0T`}
        steps={steps}
        blocked={isTooMuch ? `Only ${exactX0t(stake)} X0T are at stake.` : undefined}
        onDone={() => setText("")}
      />
    </section>
  );
}

function Withdraw({ node }: { node: OperatedNode }) {
  const { NodeRegistry: address } = getConfig().contracts.contracts;
  const now = useNow();
  const wei = BigInt(node.unbonding);
  const at = Number(node.unbondsAt);
  const isReady = wei > 0n && now !== undefined && now >= at;
  const steps =
    wei === 0n
      ? []
      : [
          {
            title: `Withdraw ${exactX0t(wei)} X0T of node ${node.index}`,
            effect: (
              <>
                Pays all that finished unbonding, {exactX0t(wei)} X0T, back to {getAddress(node.operator)}. Nothing is burned.
              </>
            ),
            call: { address, abi: nodeRegistryAbi, functionName: "withdraw", args: [node.index] },
          },
        ];
  return (
    <section className="grid content-start gap-4" aria-labelledby="withdraw-title">
      <h3 id="withdraw-title" className="font-semibold">
        2. Withdraw
      </h3>
      {wei === 0n ? (
        <p className="text-sm text-muted">Nothing is unbonding.</p>
      ) : (
        <p className="text-sm">
          <Amount wei={wei} exact /> {isReady ? "finished unbonding" : <>can be withdrawn in <Countdown until={at} />, at {dateTime(at)}</>}.
        </p>
      )}
      <TransactionPanel
        action="Withdraw"
        steps={steps}
        blocked={wei === 0n ? "Unstake first." : isReady ? undefined : now === undefined ? "The chain's time is not known." : `It is unbonding until ${dateTime(at)}.`}
      />
    </section>
  );
}
