import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useConnection } from "wagmi";
import { epochAt, epochStart, finalBefore } from "../../../../core/epochTime.ts";
import { slotsNeeded } from "../../../../core/leases.ts";
import { getConfig } from "../../config.ts";
import { LEASE, LEASE_ROW, type LeaseAnswer, type LeaseRowAnswer } from "../../data/queries/market.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { useNow } from "../../data/useNow.ts";
import { Address } from "../../ui/Address.tsx";
import { Amount } from "../../ui/Amount.tsx";
import { PageTitle, Panel } from "../../ui/Panel.tsx";
import { QueryView } from "../../ui/QueryView.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";
import { dateTime } from "../../ui/time.ts";
import { LeaseActions } from "./LeaseActions.tsx";
import { describeState, leaseEpochs, leaseOf, type Lease } from "./leases.ts";
import { bps } from "./offers.ts";
import { SplitBar } from "./SplitBar.tsx";

const LeaseEpochs = lazy(() => import("./LeaseEpochs.tsx"));

/** Epochs that the page shows: the newest. */
const SHOWN = 168;

/** One lease: its money, its epochs one by one, and what may be done. */
export default function LeasePage() {
  const { lease: text } = useParams({ strict: false }) as { lease: string };
  const id = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  const query = useGraphql<LeaseRowAnswer>(LEASE_ROW, { id }, { isOff: id === undefined });
  if (id === undefined) return <Missing text={text} />;
  return (
    <>
      <PageTitle title={`Lease ${id}`} />
      <QueryView query={query} isEmpty={({ lease }) => lease === null} empty={<Missing text={text} />}>
        {({ lease }) => lease !== null && (lease.id === id ? <Known key={lease.id} lease={leaseOf(lease)} /> : <Skeleton className="h-64" />)}
      </QueryView>
    </>
  );
}

function Missing({ text }: { text: string }) {
  return (
    <p>
      There is no lease {text} in the index. A new one takes a few seconds to appear.{" "}
      <Link to="/market" search={{ view: "leases" }} className="link">
        My leases
      </Link>
    </p>
  );
}

function Known({ lease }: { lease: Lease }) {
  const { parameters } = getConfig();
  const { address } = useConnection();
  const now = useNow();
  const epoch = now === undefined ? undefined : epochAt(parameters, now);
  const to = epoch === undefined ? lease.first : Math.max(lease.first, Math.min(lease.end, epoch + 1));
  const from = Math.max(lease.first, to - SHOWN);
  const query = useGraphql<LeaseAnswer>(LEASE, { id: lease.id, node: lease.node, from, to }, { isOff: epoch === undefined });
  const { slotsPerEpoch } = parameters;
  return (
    <div className="grid grid-cols-1 gap-4">
      <p className="max-w-3xl">
        {now !== undefined && describeState(lease, now, parameters)}{" "}
        <Link to="/nodes/$index" params={{ index: String(lease.node) }} className="link">
          Node {lease.node}
        </Link>{" "}
        promised {bps(lease.minUptimeBps)} uptime: {slotsNeeded({ minUptimeBps: lease.minUptimeBps, slotsPerEpoch })} of {slotsPerEpoch} slots in each epoch.
      </p>
      <Stats>
        <Stat label="An epoch costs" value={<Amount wei={lease.priceWei} />} />
        <Stat label="Begins" value={dateTime(epochStart(parameters, lease.first))} note={`epoch ${lease.first}`} />
        <Stat label="Ends" value={dateTime(epochStart(parameters, lease.end))} note={lease.bookedEnd === lease.end ? `with epoch ${lease.end - 1}` : `${lease.bookedEnd - lease.end} epochs earlier than rented`} />
        <Stat label="Settled" value={`${lease.next - lease.first} of ${lease.end - lease.first}`} note={lease.next === lease.first ? "settled once its uptime is final" : lease.failures === 0 ? "the last one did not fail" : `the last ${lease.failures} failed; the third in a row ends it`} />
      </Stats>
      <Panel title="What became of the money">
        <SplitBar lease={lease} isLong />
        <dl className="mt-4 grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[auto_minmax(0,1fr)]">
          <dt className="text-muted">Tenant{isSame(address, lease.tenant) && " (you)"}</dt>
          <dd className="min-w-0">
            <Address value={lease.tenant} full />
          </dd>
          <dt className="text-muted">Operator{isSame(address, lease.provider) && " (you)"}</dt>
          <dd className="min-w-0">
            <Address value={lease.provider} full />
          </dd>
        </dl>
      </Panel>
      <Panel title="Epoch by epoch">
        {epoch !== undefined && epoch < lease.first ? (
          <p className="text-muted">None has begun yet.</p>
        ) : (
          <QueryView query={query}>
            {(answer) => {
              if (now === undefined || answer.lease === null) return <Skeleton className="h-32" />;
              const relay = answer.lease.relay;
              const rows = leaseEpochs(
                lease,
                { commits: answer.commits, epochs: answer.lease.epochs.items, finalBefore: answer.network?.finalBefore ?? 0, stakeWei: relay === null ? undefined : BigInt(relay.stake) },
                { from, to },
                now,
                parameters,
              );
              return (
                <Suspense fallback={<Skeleton className="h-64" />}>
                  <LeaseEpochs rows={rows} priceWei={lease.priceWei} />
                  {from > lease.first && <p className="mt-3 text-sm text-muted">The newest {SHOWN} epochs; {from - lease.first} earlier ones are left out.</p>}
                  {to < lease.end && <p className="mt-3 text-sm text-muted">{lease.end - to} more to come.</p>}
                </Suspense>
              );
            }}
          </QueryView>
        )}
      </Panel>
      {now !== undefined && (
        <LeaseActions
          lease={lease}
          now={now}
          account={address?.toLowerCase()}
          finalBefore={finalBefore(parameters, now)}
          rejected={query.data?.lease?.epochs.items.filter((one) => one.rejected).map((one) => one.epoch) ?? []}
          isOfferOpen={query.data?.lease?.offer?.open}
        />
      )}
    </div>
  );
}

const isSame = (address: string | undefined, other: string) => address?.toLowerCase() === other.toLowerCase();
