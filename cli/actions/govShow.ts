import { findProposals, type Proposal } from "../../chain/findProposals.ts";
import { describeProposal, proposalJson, stateOf, summaryOf } from "../gov/describeProposal.ts";
import { shortId, titleOf } from "../../core/proposalText.ts";
import { openProposal, pageOf, whileReading, type GovFlags } from "../gov/openProposal.ts";
import { findNetwork, type Network } from "../network.ts";
import { printJson } from "../printJson.ts";
import { formatTable } from "../table.ts";

const TITLE_LENGTH = 40;

/** `x0t gov show`: all proposals, or one of them in words. */
export async function govShow(id: string | undefined, flags: GovFlags & { limit: number }): Promise<void> {
  const network = await findNetwork(flags);
  if (id === undefined) return list(network, flags);
  const page = await openProposal(network, id, flags);
  if (flags.json === true) printJson(proposalJson(page));
  else console.log(describeProposal(page));
}

async function list(network: Network, flags: GovFlags & { limit: number }): Promise<void> {
  const { found, more } = await whileReading(flags, "Reading the Governor's events", (onPage) => newest(network, flags.limit, onPage));
  const pages = await Promise.all(found.map((proposal) => pageOf(network, proposal, flags)));
  if (flags.json === true) return printJson({ proposals: pages.map(proposalJson), more });
  if (pages.length === 0) return console.log(`Nobody has proposed anything on ${network.name} yet. See: ./x0t gov propose --help`);
  const rows = pages.map((page) => [shortId(page.proposal.id), stateOf(page.status), cut(titleOf(page.proposal)), summaryOf(page)]);
  console.log(formatTable(["PROPOSAL", "STATE", "TITLE", ""], rows));
  console.log(`\n${more ? `Older ones: --limit ${flags.limit * 2}. ` : ""}One of them: ./x0t gov show ${shortId(pages[0]?.proposal.id ?? 0n)}${pages[0]?.flags ?? ""}`);
}

/** The newest `limit` proposals, and whether there are older ones. */
async function newest(network: Network, limit: number, onPage: (left: bigint) => void): Promise<{ found: Proposal[]; more: boolean }> {
  const { X0TGovernor: governor } = network.contracts.contracts;
  const found: Proposal[] = [];
  for await (const page of findProposals(network.client, { governor, fromBlock: network.contracts.deployBlock, onPage })) {
    found.push(...page);
    if (found.length > limit) break;
  }
  return { found: found.slice(0, limit), more: found.length > limit };
}

function cut(title: string): string {
  return title.length <= TITLE_LENGTH ? title : `${title.slice(0, TITLE_LENGTH - 1)}…`;
}
