import { useState } from "react";
import type { Hex } from "viem";
import { useConnection } from "wagmi";
import { relayChannelsAbi } from "../../../../core/abi/RelayChannels.ts";
import { parseX0t } from "../../../../core/amounts.ts";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { useApproval } from "../../tx/useApproval.ts";
import { Address } from "../../ui/Address.tsx";
import { exactX0t } from "../../ui/Amount.tsx";
import { Notice } from "../../ui/Notice.tsx";

/** Puts more into a channel. Only its payer may (CHN-1), and that is the client's own key. */
export default function TopUp({ channel, payer }: { channel: string; payer: string }) {
  const { address } = useConnection();
  const [text, setText] = useState("10");
  const { RelayChannels } = getConfig().contracts.contracts;
  const amountWei = amountOf(text);
  const approval = useApproval(RelayChannels, amountWei);
  if (address?.toLowerCase() !== payer.toLowerCase()) {
    return (
      <div className="mt-4">
        <Notice tone="info" title="Only the payer may top up its channel">
          <p>
            Connect a wallet that holds the key this client pays with: the file <code>payer.key</code> in the folder of a client that <code>./x0t connect</code> runs,{" "}
            <code>.x0t/keys/client.key</code> on a devnet. It needs the X0T, and a little of the chain's coin for fees. Its address is:
          </p>
          <p>
            <Address value={payer} full />
          </p>
        </Notice>
      </div>
    );
  }
  const topUp = amountWei !== undefined && {
    title: `Put ${exactX0t(amountWei)} X0T into the channel`,
    effect: (
      <>
        Adds exactly {exactX0t(amountWei)} X0T to channel <Address value={channel} full />. What is not used comes back when it closes.
      </>
    ),
    call: { address: RelayChannels, abi: relayChannelsAbi, functionName: "topUp", args: [channel as Hex, amountWei] },
  };
  return (
    <div className="mt-4 grid gap-3 rounded-lg border border-line p-4">
      <h3 className="font-semibold">
        Top up channel <Address value={channel} full />
      </h3>
      <label className="max-w-60 text-sm">
        <span className="mb-1 block text-muted">Amount, X0T</span>
        <input className="input" inputMode="decimal" value={text} onChange={({ target }) => setText(target.value)} aria-invalid={amountWei === undefined} />
      </label>
      {amountWei === undefined && <p className="text-sm text-bad">Write an amount above 0, like 10 or 2.5.</p>}
      <TransactionPanel
        action={amountWei === undefined ? "Top up" : `Top up by ${exactX0t(amountWei)} X0T`}
        steps={topUp === false || approval === undefined ? [] : [...approval, topUp]}
        blocked={topUp !== false && approval === undefined ? "Reading the allowance …" : undefined}
      />
    </div>
  );
}

function amountOf(text: string): bigint | undefined {
  try {
    const wei = parseX0t(text.trim());
    return wei > 0n ? wei : undefined;
  } catch {
    return undefined;
  }
}
