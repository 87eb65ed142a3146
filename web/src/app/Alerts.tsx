import { useIndexStatus } from "../data/useIndexStatus.ts";
import { useChainReset } from "../data/useChainReset.ts";
import { Notice } from "../ui/Notice.tsx";
import { WalletAlerts } from "../wallet/WalletAlerts.tsx";

/** Further behind than this, what the pages show may mislead. */
const STALE_BLOCKS = 30;

/** What the user should know before reading the page. */
export function Alerts() {
  const status = useIndexStatus();
  const reset = useChainReset();
  const behind = status.data?.lagBlocks ?? 0;
  return (
    <div className="grid gap-2 not-empty:mb-4">
      {status.error !== null && (
        <Notice tone="bad" title="The indexer does not answer">
          The pages show what they last knew, if anything. It is asked again every few seconds. On a devnet: is <code>./x0t up</code> still running?
        </Notice>
      )}
      {status.error === null && status.data?.head === null && (
        <Notice tone="bad" title="The chain does not answer">
          Nothing can be sent, and the data stands still at block {status.data.indexed?.number ?? "none"} until the RPC endpoint is back.
        </Notice>
      )}
      {behind > STALE_BLOCKS && (
        <Notice tone="warn" title={`Data is ${behind} blocks behind`}>
          The indexer is catching up. Balances and states may have changed on chain since.
        </Notice>
      )}
      {reset.isReset && (
        <Notice tone="warn" title="This devnet was made anew" action={<button type="button" className="button" onClick={reset.forget}>Forget the old one</button>}>
          Contracts and accounts are those of another chain than at your last visit. An injected wallet may remember nonces of the old one: clear its activity data, or its
          transactions will wait for ever.
        </Notice>
      )}
      <WalletAlerts />
    </div>
  );
}
