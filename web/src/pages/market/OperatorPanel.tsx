import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { marketplaceAbi } from "../../../../core/abi/Marketplace.ts";
import { slotsNeeded, STAKE_PER_PRICE } from "../../../../core/leases.ts";
import { getConfig } from "../../config.ts";
import { MY_OFFERS, type MyOffersAnswer, type OfferRow } from "../../data/queries/market.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { TransactionPanel } from "../../tx/TransactionPanel.tsx";
import { Amount, exactX0t } from "../../ui/Amount.tsx";
import { AmountField } from "../../ui/AmountField.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { Modal } from "../../ui/Modal.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { parseAmount } from "../../ui/parseAmount.ts";
import { QueryView } from "../../ui/QueryView.tsx";
import { duration } from "../../ui/time.ts";
import { bps, MONTH_DAYS, pricesOf } from "./offers.ts";

/** What the contract takes (MKT-1). */
const MIN_UPTIME = 50;
const MAX_UPTIME = 99;
const MOST_EPOCHS = 8_760;

/** For operators: offers of one's own nodes, new ones, and taking them back. */
export function OperatorPanel({ account }: { account: string | undefined }) {
  const query = useGraphql<MyOffersAnswer>(MY_OFFERS, { account: account?.toLowerCase() ?? "" }, { isOff: account === undefined });
  const [withdrawn, setWithdrawn] = useState<OfferRow>();
  const [form, setForm] = useState<{ key: number; from?: OfferRow }>({ key: 0 });
  if (account === undefined) {
    return (
      <Panel title="Offer a node">
        <p className="text-muted">Connect the operator's wallet (top right) to offer its nodes.</p>
      </Panel>
    );
  }
  return (
    <QueryView
      query={query}
      isEmpty={({ nodes }) => nodes.items.length === 0}
      empty={
        <p>
          This account operates no node.{" "}
          <Link to="/operate" className="link">
            Register one first
          </Link>
        </p>
      }
    >
      {({ nodes, listings }) => (
        <div className="grid grid-cols-1 gap-4">
          <Panel title="My offers">
            {listings.items.length === 0 ? (
              <p className="py-4 text-center text-muted">You offer nothing yet.</p>
            ) : (
              <DataTable
                caption="Table of my offers"
                rows={listings.items}
                rowKey={({ id }) => id}
                columns={[
                  { name: "Offer", cell: ({ id }) => id },
                  { name: "Node", cell: ({ node }) => node },
                  { name: "An epoch", isNumber: true, cell: ({ pricePerEpoch }) => <Amount wei={BigInt(pricePerEpoch)} /> },
                  { name: "Promises", isNumber: true, cell: ({ minUptimeBps }) => bps(minUptimeBps) },
                  { name: "Longest", isNumber: true, cell: ({ maxEpochs }) => `${maxEpochs} epochs` },
                  {
                    name: "Change",
                    cell: (row) => (
                      <span className="flex gap-2">
                        <button type="button" className="button" onClick={() => setForm({ key: form.key + 1, from: row })} aria-label={`Other terms than offer ${row.id}`}>
                          Other terms
                        </button>
                        <button type="button" className="button-danger" onClick={() => setWithdrawn(row)} aria-label={`Take back offer ${row.id}`}>
                          Take back
                        </button>
                      </span>
                    ),
                  },
                ]}
              />
            )}
            <p className="mt-3 text-sm text-muted">An offer never changes, so that nobody pays another price than the one shown. To change it, make a new one and take the old one back.</p>
          </Panel>
          <OfferForm key={form.key} nodes={nodes.items} from={form.from} />
          {withdrawn !== undefined && <Withdraw row={withdrawn} onClose={() => setWithdrawn(undefined)} />}
        </div>
      )}
    </QueryView>
  );
}

function Withdraw({ row, onClose }: { row: OfferRow; onClose: () => void }) {
  const { Marketplace: address } = getConfig().contracts.contracts;
  return (
    <Modal title={`Take back offer ${row.id}`} onClose={onClose}>
      <TransactionPanel
        isDanger
        action="Take it back"
        steps={[
          {
            title: `Take back offer ${row.id} of node ${row.node}`,
            effect: "Nobody can rent by it any more. Leases that came of it go on as agreed.",
            call: { address, abi: marketplaceAbi, functionName: "delist", args: [BigInt(row.id)] },
          },
        ]}
      />
    </Modal>
  );
}

function OfferForm({ nodes, from }: { nodes: MyOffersAnswer["nodes"]["items"]; from: OfferRow | undefined }) {
  const { parameters, contracts } = getConfig();
  const id = useId();
  const [node, setNode] = useState(String(from?.node ?? nodes[0]?.index ?? ""));
  const [price, setPrice] = useState(from === undefined ? "" : exactX0t(BigInt(from.pricePerEpoch)));
  const [uptime, setUptime] = useState(from === undefined ? "95" : String(from.minUptimeBps / 100));
  const [longest, setLongest] = useState(String(from?.maxEpochs ?? 24));
  const chosen = nodes.find(({ index }) => String(index) === node);
  const typed = parseAmount(price);
  const priceWei = typed !== undefined && "wei" in typed ? typed.wei : undefined;
  const mostWei = chosen === undefined ? undefined : BigInt(chosen.stake) / STAKE_PER_PRICE;
  const promised = /^\d{2}(\.\d{1,2})?$/.test(uptime) && Number(uptime) >= MIN_UPTIME && Number(uptime) <= MAX_UPTIME ? Math.round(Number(uptime) * 100) : undefined;
  const epochs = /^\d{1,4}$/.test(longest) && Number(longest) >= 1 && Number(longest) <= MOST_EPOCHS ? Number(longest) : undefined;
  const blocked =
    priceWei === undefined
      ? "Say what an epoch costs."
      : mostWei !== undefined && priceWei > mostWei
        ? `An epoch of this node may cost ${exactX0t(mostWei)} X0T at most: a tenth of its stake.`
        : promised === undefined
          ? `Promise from ${MIN_UPTIME} to ${MAX_UPTIME} %.`
          : epochs === undefined
            ? `Choose from 1 to ${MOST_EPOCHS} epochs.`
            : undefined;
  const isReady = blocked === undefined && priceWei !== undefined && promised !== undefined && epochs !== undefined && chosen !== undefined;
  const steps = !isReady
    ? []
    : [
        {
          title: `Offer node ${chosen.index} for ${exactX0t(priceWei)} X0T an epoch`,
          effect: `Anyone may then rent it for up to ${epochs} epochs. You are paid 99 % of the price of each epoch with at least ${slotsNeeded({ minUptimeBps: promised, slotsPerEpoch: parameters.slotsPerEpoch })} of ${parameters.slotsPerEpoch} slots proved, 1 % burns; for other epochs you get nothing. It costs only the fee.`,
          call: { address: contracts.contracts.Marketplace, abi: marketplaceAbi, functionName: "list", args: [chosen.index, priceWei, promised, epochs] },
        },
      ];
  return (
    <Panel title={from === undefined ? "Make an offer" : `Make an offer in place of offer ${from.id}`}>
      <div className="grid gap-4 sm:grid-cols-2">
        <div>
          <label htmlFor={`${id}-node`} className="mb-1 block text-sm font-medium">
            Node
          </label>
          <select id={`${id}-node`} className="input" value={node} onChange={(event) => setNode(event.target.value)}>
            {nodes.map(({ index, active }) => (
              <option key={index} value={index}>
                Node {index}
                {active ? "" : " (not active)"}
              </option>
            ))}
          </select>
        </div>
        <AmountField
          label="X0T an epoch"
          value={price}
          onChange={setPrice}
          note={
            <>
              {mostWei !== undefined && `At most ${exactX0t(mostWei)} X0T, a tenth of its stake. `}
              {priceWei !== undefined && (
                <>
                  <Amount wei={pricesOf(priceWei, parameters).monthWei} /> in {String(MONTH_DAYS)} days.
                </>
              )}
            </>
          }
        />
        <div>
          <label htmlFor={`${id}-uptime`} className="mb-1 block text-sm font-medium">
            Uptime that you promise, in percent
          </label>
          <input id={`${id}-uptime`} className="input" inputMode="decimal" value={uptime} onChange={(event) => setUptime(event.target.value)} />
          <p className="mt-1 text-sm text-muted">
            From {MIN_UPTIME} to {MAX_UPTIME}.
          </p>
        </div>
        <div>
          <label htmlFor={`${id}-longest`} className="mb-1 block text-sm font-medium">
            Longest lease, in epochs
          </label>
          <input id={`${id}-longest`} className="input" inputMode="numeric" value={longest} onChange={(event) => setLongest(event.target.value)} />
          <p className="mt-1 text-sm text-muted">{epochs === undefined ? `From 1 to ${MOST_EPOCHS}.` : `${duration(epochs * parameters.epochSeconds)}.`}</p>
        </div>
      </div>
      <div className="mt-4">
        <TransactionPanel action="Make the offer" steps={steps} blocked={blocked} />
      </div>
    </Panel>
  );
}
