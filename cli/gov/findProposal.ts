import { findProposals, type Proposal } from "../../chain/findProposals.ts";
import { X0tError } from "../../core/x0tError.ts";
import type { Network } from "../network.ts";
import { longId, titleOf } from "../../core/proposalText.ts";

const LEAST_PREFIX = 4;
const SHORT = 8;
const DIGITS = 64;

/**
 * The one proposal that an id names: whole, in hex or decimal, or the first hex digits of it, at least four, as `show`
 * prints them. @param onPage told how many blocks are still to be read. @throws X0T_PROPOSAL_UNKNOWN, X0T_USAGE
 */
export async function findProposal(network: Network, text: string, onPage?: (left: bigint) => void): Promise<Proposal> {
  const prefix = hexOf(text);
  const found: Proposal[] = [];
  const where = { governor: network.contracts.contracts.X0TGovernor, fromBlock: network.contracts.deployBlock, ...(onPage && { onPage }) };
  for await (const page of findProposals(network.client, where)) {
    found.push(...page.filter(({ id }) => longId(id).startsWith(prefix)));
    if (prefix.length === DIGITS && found.length > 0) break;
  }
  const [proposal, ...others] = found;
  if (proposal === undefined) {
    throw new X0tError("X0T_PROPOSAL_UNKNOWN", `No proposal's id begins with ${text}. See: x0t gov show`, { data: { id: text } });
  }
  if (others.length > 0) {
    const all = found.map((one) => `${longId(one.id).slice(0, Math.max(SHORT, prefix.length + LEAST_PREFIX))} "${titleOf(one)}"`).join(", ");
    throw new X0tError("X0T_USAGE", `${text} begins the ids of ${found.length} proposals: ${all}. Write more of it.`);
  }
  return proposal;
}

function hexOf(text: string): string {
  const digits = text.replace(/^0x/i, "").toLowerCase();
  // 65 digits and more are no hex id, but may be a decimal one.
  if (/^\d{65,78}$/.test(text)) return longId(BigInt(text));
  if (!/^[0-9a-f]*$/.test(digits) || digits.length < LEAST_PREFIX || digits.length > DIGITS) {
    throw new X0tError("X0T_USAGE", `"${text}" is no proposal's id: the first ${LEAST_PREFIX} or more of its hex digits, as x0t gov show prints them.`);
  }
  return digits;
}
