import type { Address } from "viem";
import { getConfig } from "../config.ts";

const DEADLINE_MS = 30_000;

/** 1,000 X0T and 10 ETH of the devnet's faucet. @throws Error in words */
export async function askFaucet(account: Address): Promise<void> {
  const { faucetUrl } = getConfig();
  if (faucetUrl === null) throw new Error("This network has no faucet.");
  const response = await fetch(faucetUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ account }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (response.ok) return;
  const body = (await response.json().catch(() => ({}))) as { message?: string };
  throw new Error(body.message ?? `The faucet answered ${response.status}.`);
}
