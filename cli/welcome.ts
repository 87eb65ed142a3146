import type { Devnet } from "../devnet/up.ts";
import { paint, type Screen } from "./progress.ts";
import { formatTable } from "./table.ts";

/** What a newcomer reads when the network is ready. */
export function printWelcome(screen: Screen, { file, genesis }: Devnet, readySeconds: number): void {
  const endpoints = [
    ["dashboard", file.dashboardUrl],
    ["SOCKS5 and HTTP proxy", file.socksUrl.replace("socks5h://", "")],
    ["test origin", file.originUrl],
    ["GraphQL", file.graphqlUrl],
    ["chain (JSON-RPC)", file.rpcUrl],
    ["IPFS", file.ipfsUrl],
    ["client's API", file.clientApiUrl],
  ];
  const nodes = file.nodes.map(({ index, region, apiUrl, operator }) => [`node ${index}`, apiUrl, `${region}, operator ${operator}`]);
  screen.write(`
${paint(screen, "bold", `The network is ready (${readySeconds.toFixed(1)} s).`)}

${formatTable(["", "", ""], [...endpoints, ...nodes]).trimStart()}

${paint(screen, "bold", "Four things to try")}
  1. Open the dashboard, connect its burner wallet, and take test X0T from the faucet:
     ${file.dashboardUrl}
  2. Send 200 MB through three relays, then compare the hash:
     curl -sx ${file.socksUrl} ${file.originUrl}/200m.bin | sha256sum
     curl -s ${file.originUrl}/200m.bin.sha256
  3. See who carried it, and what they earned:
     ./x0t status
  4. Check a node's published proof yourself (after the first epoch, ${genesis.settings.epochSeconds} s):
     ./x0t proof verify --node 0
`);
  if (genesis.settings.nodes === 3) {
    screen.write("\nWith three nodes every circuit needs all of them: this network cannot go around a dead node.\n");
  }
  screen.write(`\n${paint(screen, "dim", "Ctrl-C stops everything; the same command resumes it.")}\n\n`);
}

