import { useConnection, useSwitchChain } from "wagmi";
import { getConfig } from "../config.ts";
import { Notice } from "../ui/Notice.tsx";

/** What is wrong with the connected wallet, on every page. */
export function WalletAlerts() {
  const { address, chainId } = useConnection();
  const { mutate: switchChain, error, isPending } = useSwitchChain();
  const { contracts, name } = getConfig();
  if (address === undefined || chainId === contracts.chainId) return null;
  return (
    <Notice
      tone="warn"
      title="Wrong network"
      action={
        <button type="button" className="button" disabled={isPending} onClick={() => switchChain({ chainId: contracts.chainId })}>
          Switch to {name}
        </button>
      }
    >
      Your wallet is on chain {chainId ?? "unknown"}; this dashboard shows {name}, chain {contracts.chainId}. Nothing can be sent until it is switched.
      {error !== null && <p>{error.message.split("\n")[0]}</p>}
    </Notice>
  );
}
