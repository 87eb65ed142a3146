/** A proposal as a Snapshot hub tells it; its counts are the hub's word. */
export interface HubProposal {
  id: string;
  title: string;
  author: string;
  /** "pending", "active" or "closed". */
  state: string;
  start: number;
  end: number;
  choices: string[];
  /** By choice, in X0T: with quadratic voting shares of all the stake that voted. */
  scores: number[] | null;
  scores_total: number | null;
  quorum: number | null;
  votes: number | null;
}

const DEADLINE_MS = 10_000;
const MOST = 20;

const QUERY = /* GraphQL */ `
  query ($space: String!, $first: Int!) {
    proposals(first: $first, where: { space: $space }, orderBy: "created", orderDirection: desc) {
      id
      title
      author
      state
      start
      end
      choices
      scores
      scores_total
      quorum
      votes
    }
  }
`;

/** The newest proposals of a space. @throws Error in words */
export async function askSnapshotHub(hub: { hubUrl: string; space: string }, signal: AbortSignal): Promise<HubProposal[]> {
  const response = await fetch(`${hub.hubUrl.replace(/\/+$/, "")}/graphql`, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY, variables: { space: hub.space, first: MOST } }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
  }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new Error(`The Snapshot hub ${hub.hubUrl} does not answer.`, { cause });
  });
  const body = (await response.json().catch(() => undefined)) as { data?: { proposals?: HubProposal[] }; errors?: { message: string }[] } | undefined;
  const [refusal] = body?.errors ?? [];
  if (refusal !== undefined) throw new Error(`The Snapshot hub refused: ${refusal.message}`);
  if (!response.ok || !Array.isArray(body?.data?.proposals)) throw new Error(`The Snapshot hub answered ${response.status}, not as a hub does.`);
  return body.data.proposals;
}
