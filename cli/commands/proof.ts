import type { Command } from "commander";
import { addNetworkOptions, parseWhole } from "../options.ts";

export function addProof(program: Command): void {
  const proof = program.command("proof").description("check what nodes publish about their uptime");
  addNetworkOptions(
    proof
      .command("verify [cid-or-file]")
      .description("check a published proof against the chain; exit code 1 if it is false")
      .option("--node <index>", "whose proof (default: the node that the bundle names)", parseWhole)
      .option("--epoch <n>", "of which epoch (default: the bundle's, or the newest committed)", parseWhole)
      .option("--ipfs <url>", "an IPFS API (Kubo RPC) to fetch from"),
  )
    .addHelpText(
      "after",
      `
Checked are the bundle's hash against the commit on the chain, the node's ML-DSA-65 signature, the Merkle root, and for
each claimed slot a quorum of true signatures of its committee. Nobody but the chain is trusted.

Examples:
  $ ./x0t proof verify --node 0                      the newest proof of node 0
  $ ./x0t proof verify bafyreib…                     a CID, from GraphQL for example
  $ ./x0t proof verify ./bundle.cbor --node 0        a file`,
    )
    .action(async (source, options) => (await import("../actions/proofVerify.ts")).proofVerify(source, options));
}
