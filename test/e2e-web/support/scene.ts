import assert from "node:assert/strict";
import { join } from "node:path";
import { runX0t } from "../../cli/runX0t.ts";

/** Runs the command line on the network of `stateDir`. @returns what `--json` printed */
export async function x0t<T>(stateDir: string, ...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await runX0t([...words, "--state-dir", stateDir, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

/** Things to see: offers of three operators, a lease of the devnet's client, a proposal with a vote. */
export async function setScene(stateDir: string): Promise<{ lease: string; proposal: string }> {
  const listings: string[] = [];
  for (const [node, price, uptime] of [[0, "2", "90"], [1, "3.5", "95"], [2, "5", "99"]] as const) {
    const { listing } = await x0t<{ listing: number | string }>(stateDir, "market", "offer", "--node", String(node), "--price", price, "--uptime", uptime, "--max-epochs", "48");
    listings.push(String(listing));
  }
  const { lease } = await x0t<{ lease: number | string }>(stateDir, "market", "rent", listings[0] ?? "", "--epochs", "8", "--key-file", join(stateDir, "keys", "client.key"));
  const proposal = await propose(stateDir, 0);
  return { lease: String(lease), proposal };
}

/** @returns the proposal's id, in hex digits. */
export async function propose(stateDir: string, node: number): Promise<string> {
  const { id } = await x0t<{ id: string }>(stateDir, "gov", "propose", "--node", String(node), "--title", "Lower the reward pool", "--set", "poolPerEpoch", "8000");
  return id.replace(/^0x/, "");
}
