import { NETWORK, type NetworkAnswer } from "../../data/queries/network.graphql.ts";
import { useGraphql } from "../../data/useGraphql.ts";
import { Amount, exactX0t, Unknown } from "../../ui/Amount.tsx";
import { byteSize } from "../../ui/bytes.ts";
import { Notice } from "../../ui/Notice.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { Stat, Stats } from "../../ui/Stat.tsx";

/** The network in eight figures; each says what it counts. */
export function HeadFigures() {
  const { data, error, isPending, refetch } = useGraphql<NetworkAnswer>(NETWORK);
  const network = data?.network ?? undefined;
  const token = data?.token ?? undefined;
  const wei = (value: string | undefined) => (value === undefined ? undefined : BigInt(value));
  const shown = (value: React.ReactNode) => (isPending ? <Skeleton className="h-7 w-28" /> : value);
  const amount = (value: string | undefined) => shown(<Amount wei={wei(value)} />);
  return (
    <>
      {error !== null && (
        <div className="mb-3">
          <Notice
            tone="bad"
            title={data === undefined ? "The figures could not be loaded" : "These figures are old"}
            action={
              <button type="button" className="button" onClick={() => void refetch()}>
                Try again
              </button>
            }
          >
            {error.message}
          </Notice>
        </div>
      )}
      <Stats>
        <Stat
          label="Active nodes"
          value={shown(network === undefined ? <Unknown /> : network.activeNodes.toLocaleString("en"))}
          note={network !== undefined && `of ${network.nodes} registered, by ${network.operators} ${network.operators === 1 ? "operator" : "operators"}`}
        />
        <Stat
          label="Stake"
          value={amount(network?.stake)}
          note={
            network !== undefined && (
              <>
                behind the nodes; <Amount wei={BigInt(network.unbonding)} /> more on its way out
              </>
            )
          }
        />
        <Stat label="Carried" value={shown(network === undefined ? <Unknown /> : byteSize(BigInt(network.relayedBytes)))} note="as relays claimed it in proofs that hold; each relay on the way counts it" />
        <Stat
          label="Reward pool"
          value={amount(network?.poolPerEpoch)}
          note="an epoch at most; less while less than the target is staked"
        />
        <Stat label="Supply" value={shown(<Whole wei={wei(token?.totalSupply)} />)} note="of 1,000,000,000 X0T that were minted once; nobody can mint more" />
        <Stat label="Burned" value={amount(token?.totalBurned)} note="1 % of every payment ceases to exist" />
        <Stat
          label="Open leases"
          value={shown(network === undefined ? <Unknown /> : network.openLeases.toLocaleString("en"))}
          note={
            network !== undefined && (
              <>
                <Amount wei={BigInt(network.escrow)} /> in escrow; {network.openListings} {network.openListings === 1 ? "offer" : "offers"} open
              </>
            )
          }
        />
        <Stat
          label="Payment channels"
          value={shown(network === undefined ? <Unknown /> : network.openChannels.toLocaleString("en"))}
          note={
            network !== undefined && (
              <>
                <Amount wei={BigInt(network.channelDeposits)} /> in them to pay relays from
              </>
            )
          }
        />
      </Stats>
    </>
  );
}

/** Of a billion the digits after the point are for those who look closer. */
function Whole({ wei }: { wei: bigint | undefined }) {
  if (wei === undefined) return <Unknown />;
  const exact = exactX0t(wei);
  return (
    <span className="text-base sm:text-xl" title={`${exact} X0T`}>
      {exact.split(".")[0]} X0T
    </span>
  );
}
