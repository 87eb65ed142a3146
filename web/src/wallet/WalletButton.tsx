import { lazy, Suspense, useState } from "react";
import { useConnection } from "wagmi";
import { getConfig } from "../config.ts";

const WalletDialog = lazy(() => import("./WalletDialog.tsx"));

export function WalletButton() {
  const [isOpen, setOpen] = useState(false);
  const { address, chainId, isConnecting, isReconnecting } = useConnection();
  const isWrong = address !== undefined && chainId !== getConfig().contracts.chainId;
  return (
    <>
      <button type="button" className={address === undefined ? "button-primary" : "button"} onClick={() => setOpen(true)}>
        {isWrong ? "Wrong network" : address !== undefined ? <code>{`${address.slice(0, 6)}…${address.slice(-4)}`}</code> : isConnecting || isReconnecting ? "Connecting …" : "Connect"}
      </button>
      {isOpen && (
        <Suspense>
          <WalletDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
