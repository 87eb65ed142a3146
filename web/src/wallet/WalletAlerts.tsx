import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useConnection, useSwitchChain } from "wagmi";
import { getConfig } from "../config.ts";
import { Notice } from "../ui/Notice.tsx";
import type { AccountAlert } from "./accountAlerts.ts";
import { explainWallet } from "./explainWallet.ts";
import { useAccountAlerts } from "./useAccountAlerts.ts";

/** What is wrong with the connected wallet, and what its account should see to, on every page. */
export function WalletAlerts() {
  return (
    <>
      <WrongNetwork />
      <AccountAlerts />
    </>
  );
}

function WrongNetwork() {
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
          {isPending ? "Confirm it in the wallet …" : `Switch to ${name}`}
        </button>
      }
    >
      Your wallet is on chain {chainId ?? "unknown"}; this dashboard shows {name}, chain {contracts.chainId}. Nothing can be sent until it is switched.
      {error !== null && <p>{explainWallet(error)}</p>}
    </Notice>
  );
}

/** More stand on the pages themselves. */
const SHOWN = 3;

function AccountAlerts() {
  const alerts = useAccountAlerts();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const seen = alerts.filter(({ key }) => !hidden.has(key));
  if (seen.length === 0) return null;
  const tone = (["bad", "warn"] as const).find((each) => seen.some((alert) => alert.tone === each)) ?? "info";
  const hide = () => setHidden(new Set([...hidden, ...seen.map(({ key }) => key)]));
  return (
    <Notice
      tone={tone}
      title={seen.length === 1 ? "Your account needs you" : `Your account needs you in ${seen.length} matters`}
      action={
        <button type="button" className="button" onClick={hide}>
          Hide
        </button>
      }
    >
      <ul className="grid gap-1">
        {seen.slice(0, SHOWN).map((alert) => (
          <li key={alert.key}>
            {alert.text} <AlertLink to={alert.to} />
          </li>
        ))}
      </ul>
      {seen.length > SHOWN && <p>And {seen.length - SHOWN} more.</p>}
    </Notice>
  );
}

function AlertLink({ to }: { to: AccountAlert["to"] }) {
  if (to.page === "/leases/$lease") return <Link className="link" to={to.page} params={{ lease: String(to.lease) }}>See the lease</Link>;
  if (to.page === "/operate") return <Link className="link" to={to.page} search={{ node: String(to.node) }}>See the node</Link>;
  return <Link className="link" to={to.page}>See the channels</Link>;
}
