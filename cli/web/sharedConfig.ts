import type { WebConfig } from "../../core/webConfig.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Network } from "../network.ts";

export interface SharedWebFlags {
  snapshotHub?: string;
  snapshotSpace?: string;
  explorer?: string;
  walletconnect?: string;
}

/** What serving and building have in common. @throws X0T_USAGE */
export function sharedConfig(
  network: Network,
  flags: SharedWebFlags,
): Pick<WebConfig, "name" | "contracts" | "parameters" | "snapshot" | "explorerUrl" | "walletConnectProjectId"> {
  const { snapshotHub: hubUrl, snapshotSpace: space } = flags;
  if ((hubUrl === undefined) !== (space === undefined)) throw new X0tError("X0T_USAGE", "--snapshot-hub and --snapshot-space go together.");
  for (const [name, url] of [["--snapshot-hub", hubUrl], ["--explorer", flags.explorer]] as const) {
    if (url !== undefined && !/^https?:\/\/\S+$/.test(url)) throw new X0tError("X0T_USAGE", `${name} must be an http address, not "${url}".`);
  }
  return {
    name: network.name,
    contracts: network.contracts,
    parameters: network.choice,
    snapshot: hubUrl === undefined || space === undefined ? null : { hubUrl, space },
    explorerUrl: flags.explorer ?? null,
    walletConnectProjectId: flags.walletconnect ?? null,
  };
}
