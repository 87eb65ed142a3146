import { lazy, Suspense, useState } from "react";
import { Address } from "../../ui/Address.tsx";
import { Amount, Unknown } from "../../ui/Amount.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { DataTable } from "../../ui/DataTable.tsx";
import { Notice, type Tone } from "../../ui/Notice.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { countryOf } from "../network/regions.ts";
import { channelLevel, type ChannelLevel, type ClientStatus, type PaymentChannel } from "./clientStatus.ts";

const TopUp = lazy(() => import("./TopUp.tsx"));

const LEVELS: Record<ChannelLevel, { word: string; tone: Tone | "plain" }> = {
  enough: { word: "enough", tone: "good" },
  low: { word: "low", tone: "warn" },
  spent: { word: "spent", tone: "bad" },
  unknown: { word: "not known", tone: "plain" },
};

/** Relays of a circuit where none stands. */
const USUAL_HOPS = 3;

const hopsOf = ({ circuit }: ClientStatus) => circuit?.length ?? USUAL_HOPS;

/** Before a channel runs out, on top of the page. */
export function ChannelAlert({ status }: { status: ClientStatus }) {
  const levels = status.channels.map((channel) => channelLevel(channel, hopsOf(status)).level);
  const spent = levels.filter((level) => level === "spent").length;
  const low = levels.filter((level) => level === "low").length;
  if (spent + low === 0) return null;
  return (
    <Notice tone={spent > 0 ? "bad" : "warn"} title={spent > 0 ? `${spent} of ${levels.length} payment channels ${spent === 1 ? "is" : "are"} spent` : `${low} of ${levels.length} payment channels ${low === 1 ? "is" : "are"} nearly spent`}>
      {spent === levels.length ? "No guard is paid any more, so nothing goes through." : "The other guards go on; once all are spent, nothing goes through."} Top up a channel under “Payment channels”.
    </Notice>
  );
}

/** What the guards were paid, and how long the deposits last. */
export function ChannelsPanel({ status }: { status: ClientStatus }) {
  const [toppedUp, setToppedUp] = useState<PaymentChannel>();
  const levelOf = (channel: PaymentChannel) => channelLevel(channel, hopsOf(status));
  const country = ({ payee }: PaymentChannel) => {
    const region = status.guards.find(({ nodeId }) => nodeId === payee)?.region;
    return region === undefined ? <Unknown why="it is no guard any more, or its document is not known" /> : countryOf(region);
  };
  return (
    <Panel title="Payment channels">
      <p className="mb-3 text-sm text-muted">
        The client pays its guards, one channel each, and they pay the relays behind them: so no other relay learns who pays. What a channel holds is yours until it is used; it comes
        back when the channel closes. Payer: <Address value={status.payer} />
      </p>
      {status.channels.length === 0 ? (
        <p className="py-4 text-center text-muted">No channel is open yet: the client opens one to each guard once its payer holds X0T.</p>
      ) : (
        <DataTable<PaymentChannel>
          caption="Channels to your guards"
          rows={status.channels}
          rowKey={({ payee }) => payee}
          columns={[
            { name: "Guard in", cell: country },
            { name: "Channel", cell: ({ channel }) => (channel === null ? <Unknown why="none is open to this guard yet" /> : <Address value={channel} />) },
            { name: "State", cell: (channel) => <Badge tone={LEVELS[levelOf(channel).level].tone}>{LEVELS[levelOf(channel).level].word}</Badge> },
            { name: "Put in", isNumber: true, cell: ({ depositWei }) => <Amount wei={known(depositWei)} /> },
            { name: "Paid", isNumber: true, cell: ({ signedWei }) => <Amount wei={BigInt(signedWei)} /> },
            { name: "Used", isNumber: true, cell: ({ meteredWei }) => <Amount wei={BigInt(meteredWei)} /> },
            { name: "Left", isNumber: true, cell: (channel) => <Left channel={channel} hops={hopsOf(status)} /> },
            {
              name: "More",
              cell: (channel) =>
                channel.channel !== null && (
                  <button type="button" className="button min-h-8 px-3 py-1" aria-expanded={toppedUp?.channel === channel.channel} onClick={() => setToppedUp(toppedUp?.channel === channel.channel ? undefined : channel)}>
                    Top up
                  </button>
                ),
            },
          ]}
        />
      )}
      {toppedUp?.channel != null && (
        <Suspense>
          <TopUp key={toppedUp.channel} channel={toppedUp.channel} payer={status.payer} />
        </Suspense>
      )}
      <p className="mt-3 text-xs text-muted">“Paid” is what vouchers promise, a little ahead of what is used. It is the sum over all channels that the client ever had to this guard.</p>
    </Panel>
  );
}

function Left({ channel, hops }: { channel: PaymentChannel; hops: number }) {
  const { leftBytes, leftPercent, level } = channelLevel(channel, hops);
  if (leftBytes === undefined || leftPercent === undefined) return <Unknown why="the chain was not read yet, or this client is too old to tell it" />;
  const bar = { enough: "bg-good", low: "bg-warn", spent: "bg-bad", unknown: "bg-muted" }[level];
  return (
    <span className="inline-grid min-w-28 gap-1">
      <span>
        <Amount wei={known(channel.leftWei)} />
      </span>
      <span className="block h-1.5 overflow-hidden rounded bg-raised" aria-hidden="true">
        <span className={`block h-full ${bar}`} style={{ width: `${leftPercent}%` }} />
      </span>
      <span className="text-xs whitespace-nowrap text-muted">
        {leftPercent} %, about {byteSize(leftBytes)}
      </span>
    </span>
  );
}

const known = (wei: string | null | undefined) => (wei === null || wei === undefined ? undefined : BigInt(wei));
