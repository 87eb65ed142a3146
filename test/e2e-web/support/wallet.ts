import type { Page } from "playwright-core";
import { generatePrivateKey } from "viem/accounts";
import { injectWallet, type InjectedWallet, type InjectedWalletOptions } from "./injectedWallet.ts";
import { PATIENCE_MS } from "./actions.ts";
import type { Network } from "./network.ts";
import { x0t } from "./scene.ts";

/** A wallet extension with an account of its own, filled by the faucet, in every page of `page`. */
export async function walletFor(network: Network, page: Page, options: Partial<InjectedWalletOptions> & { x0t?: string } = {}): Promise<InjectedWallet> {
  const { x0t: amount = "1000", ...rest } = options;
  const { rpcUrl, chainId } = network.devnet;
  const wallet = await injectWallet(page, { privateKey: generatePrivateKey(), rpcUrl, chainId, ...rest });
  await x0t(network.stateDir, "faucet", wallet.address, "--amount", amount);
  return wallet;
}

/** Chooses the extension in the page's dialog. */
export async function connectWallet(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("button", { name: "Test wallet" }).click();
  await page.getByRole("banner").getByRole("button", { name: /^0x|Wrong network/ }).waitFor({ timeout: PATIENCE_MS });
}
