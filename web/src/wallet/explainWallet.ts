/** Why a wallet did not connect or switch, in a sentence; short, for it stands in the shell. */
export function explainWallet(error: Error): string {
  const code = (error as { code?: number }).code;
  if (code === 4001 || error.name === "UserRejectedRequestError") return "You rejected it in the wallet.";
  if (code === -32002 || error.name === "ResourceUnavailableRpcError") return "The wallet already waits for your answer: open it, unlock it, and answer there.";
  if (code === 4100) return "The wallet is locked, or does not let this page see an account: open it and unlock it.";
  if (error.name === "SwitchChainNotSupportedError") return "This wallet cannot switch by itself: choose the network there.";
  if (error.name === "ProviderNotFoundError") return "The wallet is gone: is its extension switched off?";
  return error.message.split("\n")[0] ?? error.message;
}
