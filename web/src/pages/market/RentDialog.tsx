import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { parseEventLogs } from "viem";
import { useConnection } from "wagmi";
import { marketplaceAbi } from "../../../../core/abi/Marketplace.ts";
import { epochAt, epochStart, finalAt } from "../../../../core/epochTime.ts";
import { slotsNeeded } from "../../../../core/leases.ts";
import { getConfig } from "../../config.ts";
import { useNow } from "../../data/useNow.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Address } from "../../ui/Address.tsx";
import { exactX0t, Unknown } from "../../ui/Amount.tsx";
import { Modal } from "../../ui/Modal.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { dateTime, duration } from "../../ui/time.ts";
import { useBalances } from "../../wallet/useBalances.ts";
import { bps, type Offer } from "./offers.ts";
import { useRentSteps } from "./useRentSteps.ts";

/** Choose how long, see what it costs and what happens if the node fails, then rent. */
export function RentDialog({ offer, onClose }: { offer: Offer; onClose: () => void }) {
  const { parameters } = getConfig();
  const { address } = useConnection();
  const now = useNow();
  const [text, setText] = useState(String(Math.min(offer.maxEpochs, 3)));
  const [lease, setLease] = useState<number>();
  const id = useId();
  const epochs = /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= offer.maxEpochs ? Number(text) : undefined;
  const amountWei = epochs === undefined ? undefined : offer.priceWei * BigInt(epochs);
  const { data: balances } = useBalances(address);
  const { steps, way, setWay, isContract } = useRentSteps(epochs === undefined || amountWei === undefined ? undefined : { listing: offer.listing, node: offer.node, epochs, amountWei });
  const first = now === undefined ? undefined : epochAt(parameters, now) + 1;
  const isPoor = amountWei !== undefined && balances !== undefined && balances.x0tWei < amountWei;
  const blocked =
    epochs === undefined
      ? `Choose from 1 to ${offer.maxEpochs} epochs.`
      : offer.obstacle === "The node is leased."
        ? `${offer.obstacle} It can be rented again ${now === undefined ? "later" : `in ${duration(Math.max(0, epochStart(parameters, offer.freeFrom - 1) - now))}`}.`
        : (offer.obstacle ?? (isPoor ? `You have ${exactX0t(balances.x0tWei)} X0T, which is too little.` : undefined));
  return (
    <Modal title={`Rent node ${offer.node}`} onClose={onClose}>
      <div className="grid grid-cols-1 gap-4 text-sm">
        <div>
          <label htmlFor={id} className="mb-1 block font-medium">
            Epochs of {duration(parameters.epochSeconds)}
          </label>
          <input id={id} className="input" type="number" min={1} max={offer.maxEpochs} value={text} onChange={(event) => setText(event.target.value)} aria-describedby={`${id}-note`} />
          <p id={`${id}-note`} className="mt-1 text-muted">
            From 1 to {offer.maxEpochs}. {epochs !== undefined && `That is ${duration(epochs * parameters.epochSeconds)}.`}
          </p>
        </div>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
          <dt className="text-muted">Goes into escrow</dt>
          <dd className="num font-semibold">{amountWei === undefined ? <Unknown why="choose the epochs first" /> : `${exactX0t(amountWei)} X0T`}</dd>
          <dt className="text-muted">An epoch costs</dt>
          <dd className="num">{exactX0t(offer.priceWei)} X0T</dd>
          <dt className="text-muted">Begins</dt>
          <dd className="num">{first === undefined ? <Unknown /> : dateTime(epochStart(parameters, first))}</dd>
          <dt className="text-muted">Ends</dt>
          <dd className="num">{first === undefined || epochs === undefined ? <Unknown /> : dateTime(epochStart(parameters, first + epochs))}</dd>
          <dt className="text-muted">Operator</dt>
          <dd className="min-w-0 text-right">
            <Address value={offer.operator} full />
          </dd>
        </dl>
        <Guarantees offer={offer} />
        {!isContract && (
          <label className="flex items-center gap-2">
            <input type="checkbox" className="size-4 accent-accent" checked={way === "approve"} onChange={(event) => setWay(event.target.checked ? "approve" : "permit")} />
            My wallet cannot sign permits: approve in a transaction of its own
          </label>
        )}
        <TransactionPanel
          action={amountWei === undefined ? "Rent" : `Rent for ${exactX0t(amountWei)} X0T`}
          steps={steps}
          blocked={lease === undefined ? blocked : undefined}
          onDone={({ logs }) => {
            const [event] = parseEventLogs({ abi: marketplaceAbi, eventName: "Rented", logs });
            if (event !== undefined) setLease(Number(event.args.lease));
          }}
        />
        {lease !== undefined && (
          <Notice tone="good" title={`Lease ${lease} is yours`}>
            <Link to="/leases/$lease" params={{ lease: String(lease) }} className="link">
              Follow it epoch by epoch
            </Link>
          </Notice>
        )}
      </div>
    </Modal>
  );
}

/** MKT-3 and MKT-4 in words, with this offer's numbers. */
function Guarantees({ offer }: { offer: Offer }) {
  const { parameters } = getConfig();
  const needed = slotsNeeded({ minUptimeBps: offer.minUptimeBps, slotsPerEpoch: parameters.slotsPerEpoch });
  const finalAfter = finalAt(parameters, 0) - parameters.epochSeconds;
  return (
    <div className="rounded-lg bg-raised px-3 py-2">
      <h3 className="font-medium">What you are promised</h3>
      <ul className="mt-1 list-disc space-y-1 pl-5">
        <li>
          {bps(offer.minUptimeBps)} uptime: {needed} of {parameters.slotsPerEpoch} slots of each epoch, as other nodes saw it.
        </li>
        <li>
          If an epoch falls short, its {exactX0t(offer.priceWei)} X0T come back to you whole. Nobody has to agree: once the uptime is final, {duration(finalAfter)} after the epoch, anyone may
          settle it, and janitors do so by themselves.
        </li>
        <li>The third failure in a row ends the lease, and all that is left comes back.</li>
        <li>The same if the operator takes away the stake behind it, {exactX0t(offer.stakeWei)} X0T now, below ten times the price.</li>
        <li>You may cancel at any time: what lies after the next epoch comes back at once.</li>
      </ul>
    </div>
  );
}
