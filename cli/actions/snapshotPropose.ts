import { readFile } from "node:fs/promises";
import { readHead } from "../../chain/readHead.ts";
import { X0tError } from "../../core/x0tError.ts";
import { findNetwork, type Network, type NetworkFlags } from "../network.ts";
import { printJson } from "../printJson.ts";
import { findHub, signAndSend, type HubFlags } from "../snapshot/hub.ts";
import { findProposals, readSpace, type HubProposal, type HubSpace } from "../snapshot/hubQueries.ts";
import { loadSnapshot, type ProposalMessage } from "../snapshot/library.ts";
import { openSigner, type SignerFlags } from "../snapshot/signer.ts";
import { checkStakeIsCounted } from "../snapshot/spaceSettings.ts";
import { spaceId } from "./snapshotSpace.ts";

interface ProposeFlags extends NetworkFlags, HubFlags, SignerFlags {
  space?: string;
  title: string;
  body?: string;
  bodyFile?: string;
  choice?: string[];
  discussion?: string;
  snapshotBlock?: number;
  delay?: number;
  period?: number;
  json?: boolean;
}

const DEFAULT_CHOICES = ["For", "Against", "Abstain"];
const DAY = 24 * 3600;
/** So many blocks behind the head, as on Snapshot's own site: the hub's node may lag. */
const HEAD_OFFSET = 4n;

/** `x0t snapshot propose`: signs a quadratic proposal; one that still runs and says the same is not sent again. */
export async function snapshotPropose(flags: ProposeFlags): Promise<void> {
  const space = spaceId(flags.space);
  const body = await readBody(flags);
  const choices = checkChoices(flags.choice ?? DEFAULT_CHOICES);
  const network = await findNetwork(flags);
  const hub = findHub(network.contracts.chainId, flags);
  const signer = await openSigner(network, flags);
  const settings = await readSpace(hub, space);
  checkSpace(network, settings);
  const timestamp = nowSeconds();
  const known = (await findProposals(hub, { space, author: signer.address })).find(
    (proposal) => proposal.end > timestamp && isSame(proposal, flags.title, body, choices),
  );
  if (known !== undefined) return report(flags, known, true);
  const start = timestamp + fixedBySpace("--delay", settings.voting.delay, flags.delay, 0);
  const message: ProposalMessage = {
    space,
    timestamp,
    type: "quadratic",
    title: flags.title,
    body,
    discussion: flags.discussion ?? "",
    choices,
    start,
    end: start + fixedBySpace("--period", settings.voting.period, flags.period, 5 * DAY),
    snapshot: flags.snapshotBlock ?? (await recentBlock(network)),
    plugins: "{}",
    app: "x0t",
  };
  const library = await loadSnapshot();
  const receipt = await signAndSend(library, hub, (client) => client.proposal(signer, signer.address, message));
  report(flags, { ...message, id: receipt.id, space: { id: space } }, false);
}

function checkSpace(network: Network, space: HubSpace): void {
  checkStakeIsCounted(network, { what: `The space ${space.id}`, network: space.network, strategies: space.strategies });
  const type = space.voting.type ?? "quadratic";
  const privacy = space.voting.privacy ?? "";
  if (type === "quadratic" && privacy === "") return;
  throw new X0tError(
    "X0T_SNAPSHOT_SPACE",
    `The space ${space.id} votes by ${type}${privacy === "" ? "" : `, hidden by ${privacy}`}; x0t proposes open quadratic votes. Publish its settings with: x0t snapshot space`,
  );
}

/** A hub takes no other time than the space's, if the space sets one. */
function fixedBySpace(option: string, fixed: number | null | undefined, asked: number | undefined, otherwise: number): number {
  if (fixed === null || fixed === undefined || fixed === 0) return asked ?? otherwise;
  if (asked === undefined || asked === fixed) return fixed;
  throw new X0tError("X0T_USAGE", `The space sets ${option} to ${fixed} s for every proposal: leave the option out.`);
}

async function recentBlock(network: Network): Promise<number> {
  const { number } = await readHead(network.client);
  const { deployBlock } = network.contracts;
  return Math.max(Number(number - HEAD_OFFSET), Math.min(deployBlock, Number(number)));
}

function isSame(proposal: HubProposal, title: string, body: string, choices: readonly string[]): boolean {
  return proposal.title === title && (proposal.body ?? "") === body && JSON.stringify(proposal.choices) === JSON.stringify(choices);
}

function checkChoices(choices: string[]): string[] {
  if (choices.length < 2) throw new X0tError("X0T_USAGE", "Name at least two choices: --choice Yes --choice No");
  if (new Set(choices.map((choice) => choice.toLowerCase())).size !== choices.length) throw new X0tError("X0T_USAGE", "Two choices have the same name.");
  return choices;
}

async function readBody(flags: ProposeFlags): Promise<string> {
  if (flags.bodyFile === undefined) return flags.body ?? "";
  if (flags.body !== undefined) throw new X0tError("X0T_USAGE", "Give --body or --body-file, not both.");
  try {
    return await readFile(flags.bodyFile, "utf8");
  } catch (cause) {
    throw new X0tError("X0T_USAGE", `--body-file: ${(cause as Error).message}.`, { cause });
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function report(flags: ProposeFlags, proposal: Pick<HubProposal, "id" | "title" | "choices" | "start" | "end" | "snapshot" | "space">, already: boolean): void {
  const { id, title, choices, start, end, snapshot } = proposal;
  if (flags.json === true) return printJson({ id, space: proposal.space.id, title, choices, start, end, snapshot, already });
  const when = (seconds: number) => new Date(seconds * 1000).toLocaleString();
  console.log(
    [
      already ? `You proposed "${title}" already; nothing was sent.` : `Proposed: ${title}`,
      `  id       ${id}`,
      `  choices  ${choices.map((choice, index) => `${index + 1} ${choice}`).join(", ")}`,
      `  votes    from ${when(start)} to ${when(end)}, by the stake in block ${snapshot}`,
      `Vote with: x0t snapshot vote ${id} ${JSON.stringify(choices[0])}`,
    ].join("\n"),
  );
}
