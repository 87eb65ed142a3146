import { resolve } from "node:path";
import type { WebConfig } from "../../core/webConfig.ts";
import { X0tError } from "../../core/x0tError.ts";
import { buildDashboard, DIST } from "../../devnet/dashboard/build.ts";
import { writeStaticSite } from "../../devnet/dashboard/staticSite.ts";
import { findNetwork, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { createProgress } from "../progress.ts";
import { sharedConfig, type SharedWebFlags } from "../web/sharedConfig.ts";

interface BuildFlags extends NetworkFlags, SharedWebFlags {
  out: string;
  ipfsGateway?: string;
  json?: boolean;
}

/** `x0t web build`: the page and its configuration, as files. */
export async function webBuild(flags: BuildFlags): Promise<void> {
  const network = await findNetwork(flags);
  const [rpcUrl = ""] = network.rpcUrls;
  const out = resolve(flags.out);
  const config: WebConfig = {
    ...sharedConfig(network, flags),
    rpcUrl,
    graphqlUrl: network.graphqlUrl ?? fail("--indexer URL", "the indexer's GraphQL"),
    ipfsUrl: (flags.ipfsGateway ?? (network.devnet === undefined ? fail("--ipfs-gateway URL", "where readers fetch proofs") : `${network.ipfsUrl}/ipfs`)).replace(/\/$/, ""),
    client: null,
    nodesUrl: null,
    faucetUrl: null,
  };
  const progress = createProgress(process.stderr);
  await progress.step("Building the dashboard", () => buildDashboard(AbortSignal.timeout(120_000)));
  await writeStaticSite({ dist: DIST, out, config });
  progress.close();
  if (flags.json === true) printJson({ out, config });
  else console.log(`The dashboard of ${config.name} stands in ${out}. Put the folder on any web server, or add it to IPFS.`);
}

function fail(option: string, what: string): never {
  throw new X0tError("X0T_USAGE", `Say ${what}: ${option}.`);
}
