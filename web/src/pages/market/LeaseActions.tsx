import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { marketplaceAbi } from "../../../../core/abi/Marketplace.ts";
import { epochAt, epochStart } from "../../../../core/epochTime.ts";
import { MAX_SETTLE_EPOCHS } from "../../../../core/parameters.ts";
import { getConfig } from "../../config.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { exactX0t } from "../../ui/Amount.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { dateTime, duration } from "../../ui/time.ts";
import { cancelling, extendableFrom, rejectable, settleable, stateOf, terminating, type Ending, type Lease } from "./leases.ts";

interface Props {
  lease: Lease;
  now: number;
  /** In lower case. */
  account: string | undefined;
  finalBefore: number;
  /** Epochs that the tenant rejected. */
  rejected: readonly number[];
  isOfferOpen: boolean | undefined;
}

/** What may be done with a lease now, by whom, and what comes back. */
export function LeaseActions(props: Props) {
  const { lease, account, now, finalBefore } = props;
  const { parameters } = getConfig();
  const epoch = epochAt(parameters, now);
  const isTenant = account === lease.tenant.toLowerCase();
  const isProvider = account === lease.provider.toLowerCase();
  const due = settleable(lease, finalBefore);
  const isOver = stateOf(lease, epoch) === "settled";
  return (
    <Panel title="What can be done now">
      <div className="grid grid-cols-1 gap-6">
        {isTenant && <Extend {...props} />}
        {isTenant && !isOver && <Cancel lease={lease} epoch={epoch} />}
        {isTenant && !isOver && <Reject {...props} epoch={epoch} />}
        {isProvider && !isOver && <Terminate lease={lease} epoch={epoch} />}
        {due > 0 ? <Settle lease={lease} due={due} /> : !isOver && <NotDue lease={lease} now={now} />}
        {isOver && <p className="text-muted">Every epoch is settled: nothing is left in escrow.</p>}
        {!isTenant && !isProvider && !isOver && <p className="text-sm text-muted">Only its tenant may cancel it or reject an epoch, and only the operator may end it early: connect that wallet for it.</p>}
      </div>
    </Panel>
  );
}

function Action({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-1 gap-2">
      <h3 className="font-semibold">{title}</h3>
      {children}
    </section>
  );
}

const count = (epochs: number) => `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;

function callOf(functionName: string, ...args: readonly unknown[]) {
  return { address: getConfig().contracts.contracts.Marketplace, abi: marketplaceAbi, functionName, args };
}

function Extend({ lease, now, isOfferOpen }: Props) {
  const { parameters } = getConfig();
  const from = extendableFrom(lease, parameters);
  const until = epochStart(parameters, lease.end);
  const link = (
    <Link to="/market" search={{ rent: String(lease.listing) }} className="button w-fit">
      Rent it again
    </Link>
  );
  return (
    <Action title="Keep it longer">
      {isOfferOpen === false ? (
        <p className="text-sm text-muted">The operator took this offer back: look whether the node is offered at other terms.</p>
      ) : now < from ? (
        <p className="text-sm text-muted">
          A lease cannot be prolonged, but rented again, by whoever comes first. Without a gap that works during its last epoch: in {duration(from - now)}, from {dateTime(from)} to{" "}
          {dateTime(until)}.
        </p>
      ) : now < until ? (
        <>
          <p className="text-sm text-muted">This is its last epoch: rented now, it goes on without a gap. Left for that: {duration(until - now)}.</p>
          {link}
        </>
      ) : (
        link
      )}
    </Action>
  );
}

function Cancel({ lease, epoch }: { lease: Lease; epoch: number }) {
  const ending = cancelling(lease, epoch);
  return (
    <Action title="Cancel it, as its tenant">
      {ending === undefined ? (
        <p className="text-sm text-muted">It ends with the next epoch or before that anyway, and those are paid for if they keep the promise: there is nothing to get back by cancelling.</p>
      ) : (
        <TransactionPanel
          isDanger
          action={`Cancel, and get ${exactX0t(ending.refundWei)} X0T back`}
          steps={[{ title: `Cancel lease ${lease.id}`, effect: <Effect lease={lease} ending={ending} to="you" last="the next epoch" />, call: callOf("cancel", BigInt(lease.id)) }]}
        />
      )}
    </Action>
  );
}

function Terminate({ lease, epoch }: { lease: Lease; epoch: number }) {
  const ending = terminating(lease, epoch);
  return (
    <Action title="End it early, as its operator">
      {ending === undefined ? (
        <p className="text-sm text-muted">It ends with the current epoch anyway.</p>
      ) : (
        <TransactionPanel
          isDanger
          action={`End it, and give ${exactX0t(ending.refundWei)} X0T back`}
          steps={[{ title: `End lease ${lease.id}`, effect: <Effect lease={lease} ending={ending} to={`the tenant ${lease.tenant}`} last="the current epoch" />, call: callOf("terminate", BigInt(lease.id)) }]}
        />
      )}
    </Action>
  );
}

function Effect({ lease, ending, to, last }: { lease: Lease; ending: Ending; to: string; last: string }) {
  const left = ending.end - lease.next;
  return (
    <>
      {exactX0t(ending.refundWei)} X0T, the price of {count(ending.epochs)}, go back to {to} at once. The lease ends with {last}.{" "}
      {left > 0 && `${exactX0t(lease.priceWei * BigInt(left))} X0T of ${count(left)} until then stay in escrow and are settled as agreed.`} This cannot be undone.
    </>
  );
}

function Reject({ lease, rejected, epoch }: Props & { epoch: number }) {
  const open = rejectable(lease, epoch, (one) => rejected.includes(one));
  const [chosen, setChosen] = useState<number>();
  const target = open.find((one) => one === chosen) ?? open[0];
  if (target === undefined) return null;
  const dropped = Math.max(0, lease.end - (epoch + 1));
  return (
    <Action title="Say that an epoch did not serve you">
      <p className="text-sm text-muted">
        A node can be up and yet not serve its tenant. If the rejected epoch kept its promise of uptime, its price burns, so that neither side gains; if not, it comes back to you as ever. The lease
        ends with the current epoch.
      </p>
      {open.length > 1 && (
        <fieldset className="flex flex-wrap gap-4 text-sm">
          <legend className="sr-only">Which epoch</legend>
          {open.map((one) => (
            <label key={one} className="flex items-center gap-2">
              <input type="radio" name="rejected" className="accent-accent" checked={one === target} onChange={() => setChosen(one)} />
              epoch {one}, {one === epoch ? "the current one" : "the one before"}
            </label>
          ))}
        </fieldset>
      )}
      <TransactionPanel
        isDanger
        action={`Reject epoch ${target}`}
        steps={[
          {
            title: `Reject epoch ${target} of lease ${lease.id}`,
            effect: `Its ${exactX0t(lease.priceWei)} X0T burn if the node was up. ${dropped > 0 ? `${exactX0t(lease.priceWei * BigInt(dropped))} X0T of ${count(dropped)} to come go back to you at once.` : "No later epoch is left."} This cannot be undone.`,
            call: callOf("reject", BigInt(lease.id), target),
          },
        ]}
      />
    </Action>
  );
}

function Settle({ lease, due }: { lease: Lease; due: number }) {
  const epochs = Math.min(due, MAX_SETTLE_EPOCHS);
  return (
    <Action title="Settle it">
      <p className="text-sm text-muted">{count(due)} are final and wait. Janitors settle by themselves, on a network with hourly epochs every six epochs; anyone may do it earlier and pays only the fee.</p>
      <TransactionPanel
        action={`Settle ${count(epochs)}`}
        steps={[
          {
            title: `Settle ${count(epochs)} of lease ${lease.id}`,
            effect: `${exactX0t(lease.priceWei * BigInt(epochs))} X0T leave escrow: to the operator ${lease.provider} for what kept the promise, less 1 % that burns, back to the tenant ${lease.tenant} for the rest.`,
            call: callOf("settle", BigInt(lease.id), BigInt(epochs)),
          },
        ]}
      />
    </Action>
  );
}

function NotDue({ lease, now }: { lease: Lease; now: number }) {
  return (
    <p className="text-sm text-muted">
      Nothing waits to be settled.{" "}
      {lease.nextFinalAt !== undefined && lease.nextFinalAt > now && `The uptime of epoch ${lease.next} is final in ${duration(lease.nextFinalAt - now)}: only then can it no longer be challenged, and be paid or refunded.`}
    </p>
  );
}
