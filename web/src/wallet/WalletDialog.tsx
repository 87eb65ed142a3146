import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useConnection, useConnect, useConnectors, useDisconnect, useSwitchChain } from "wagmi";
import { getConfig } from "../config.ts";
import { Address } from "../ui/Address.tsx";
import { Amount } from "../ui/Amount.tsx";
import { Modal } from "../ui/Modal.tsx";
import { Notice } from "../ui/Notice.tsx";
import { BURNER_ID } from "./burner.ts";
import { askFaucet } from "./askFaucet.ts";
import { useBalances } from "./useBalances.ts";

/** Connect, or see the account: balances, network, faucet. */
export default function WalletDialog({ onClose }: { onClose: () => void }) {
  const { address } = useConnection();
  return (
    <Modal title={address === undefined ? "Connect a wallet" : "Your wallet"} onClose={onClose}>
      {address === undefined ? <Choice onDone={onClose} /> : <Connected address={address} onDone={onClose} />}
    </Modal>
  );
}

function Choice({ onDone }: { onDone: () => void }) {
  const connectors = useConnectors();
  const { mutate: connect, error, isPending } = useConnect();
  // The nameless connector stands for wallets that do not announce themselves; useless without one.
  const usable = connectors.filter(({ id }) => id !== "injected" || "ethereum" in globalThis);
  const announced = usable.filter(({ id }) => id !== BURNER_ID);
  return (
    <div className="grid gap-3">
      {usable.map((connector) => (
        <button key={connector.uid} type="button" className="button justify-start" disabled={isPending} onClick={() => connect({ connector }, { onSuccess: onDone })}>
          {connector.icon !== undefined && connector.icon.startsWith("data:") && <img src={connector.icon} alt="" className="size-5" />}
          {connector.id === "injected" ? "Browser wallet" : connector.name}
        </button>
      ))}
      {announced.length === 0 && <p className="text-sm text-muted">No wallet extension announced itself in this browser.</p>}
      {usable.some(({ id }) => id === BURNER_ID) && (
        <p className="text-sm text-muted">The burner wallet is a key made in this page for this devnet. Fill it from the faucet and try everything; never send it real money.</p>
      )}
      {error !== null && (
        <Notice tone="bad" title="Not connected">
          {error.message.split("\n")[0]}
        </Notice>
      )}
    </div>
  );
}

function Connected({ address, onDone }: { address: `0x${string}`; onDone: () => void }) {
  const { contracts, name, faucetUrl } = getConfig();
  const { chainId, connector } = useConnection();
  const { mutate: disconnect } = useDisconnect();
  const { mutate: switchChain, error, isPending } = useSwitchChain();
  const balances = useBalances(address);
  return (
    <div className="grid gap-4 text-sm">
      <div>
        <p className="text-muted">{connector?.name}</p>
        <Address value={address} full />
      </div>
      {chainId !== contracts.chainId && (
        <Notice
          tone="warn"
          title={`The wallet is on chain ${chainId ?? "unknown"}, ${name} is chain ${contracts.chainId}`}
          action={
            <button type="button" className="button" disabled={isPending} onClick={() => switchChain({ chainId: contracts.chainId })}>
              Switch network
            </button>
          }
        >
          {error !== null && error.message.split("\n")[0]}
        </Notice>
      )}
      <dl className="grid grid-cols-2 gap-2">
        <dt className="text-muted">X0T</dt>
        <dd className="num">
          <Amount wei={balances.data?.x0tWei} />
        </dd>
        <dt className="text-muted">For fees</dt>
        <dd className="num">
          <Amount wei={balances.data?.ethWei} unit="ETH" />
        </dd>
      </dl>
      {faucetUrl !== null && <Faucet address={address} />}
      <button
        type="button"
        className="button"
        onClick={() => {
          disconnect();
          onDone();
        }}
      >
        Disconnect
      </button>
    </div>
  );
}

function Faucet({ address }: { address: `0x${string}` }) {
  const queries = useQueryClient();
  const [state, setState] = useState<"idle" | "asking" | "done" | Error>("idle");
  const ask = async () => {
    setState("asking");
    try {
      await askFaucet(address);
      await queries.invalidateQueries();
      setState("done");
    } catch (error) {
      setState(error as Error);
    }
  };
  return (
    <div className="grid gap-2">
      <button type="button" className="button-primary" disabled={state === "asking"} onClick={() => void ask()}>
        {state === "asking" ? "Asking the faucet …" : "Get test X0T and ETH"}
      </button>
      <p role="status" className="text-muted">
        {state === "done" && "They are there."}
        {state instanceof Error && state.message}
      </p>
    </div>
  );
}
