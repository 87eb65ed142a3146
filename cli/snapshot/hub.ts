import { z } from "zod";
import { X0tError } from "../../core/x0tError.ts";
import { wayOut } from "./refusals.ts";
import type { SnapshotClient, SnapshotLibrary } from "./library.ts";

export interface HubFlags {
  hub?: string;
  sequencer?: string;
}

/** A hub answers questions (GraphQL), its sequencer takes what is signed. */
export interface Hub {
  hubUrl: string;
  sequencerUrl: string;
  /** Snapshot's own for mainnets takes spaces of mainnets only. */
  snapshotEnv: "default" | "mainnet";
}

const TIMEOUT_MS = 20_000;
/** A hub's longest answer is a page of 1,000 votes. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const MAINNET: Hub = { hubUrl: "https://hub.snapshot.org", sequencerUrl: "https://seq.snapshot.org", snapshotEnv: "mainnet" };
const TESTNET: Hub = { hubUrl: "https://testnet.hub.snapshot.org", sequencerUrl: "https://testnet.seq.snapshot.org", snapshotEnv: "default" };

/** Snapshot's own hubs, by the chains that they serve of those that x0t knows. */
const PUBLIC_HUBS: Partial<Record<number, Hub>> = { 8453: MAINNET, 84532: TESTNET };

/** The hub of the flags or variables, else Snapshot's own for the chain. @throws X0T_USAGE */
export function findHub(chainId: number, flags: HubFlags): Hub {
  const known = PUBLIC_HUBS[chainId];
  if (flags.hub === undefined && flags.sequencer === undefined && known !== undefined) return known;
  if (flags.hub === undefined || flags.sequencer === undefined) {
    const why = known === undefined ? `Snapshot's own hubs do not serve chain ${chainId}.` : "A hub and its sequencer belong together.";
    throw new X0tError("X0T_USAGE", `${why} Name both: --hub URL --sequencer URL, or X0T_SNAPSHOT_HUB_URL and X0T_SNAPSHOT_SEQUENCER_URL.`);
  }
  const own = { hubUrl: checkUrl("--hub", flags.hub), sequencerUrl: checkUrl("--sequencer", flags.sequencer) };
  return { ...own, snapshotEnv: own.hubUrl === MAINNET.hubUrl ? "mainnet" : "default" };
}

function checkUrl(option: string, url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new X0tError("X0T_USAGE", `${option}: "${url}" is no http or https URL.`);
  return url.replace(/\/+$/, "");
}

/** One GraphQL query. @throws X0T_SNAPSHOT_DOWN, X0T_SNAPSHOT_REFUSED */
export async function queryHub<T>(hub: Hub, schema: z.ZodType<T>, query: string, variables: Record<string, unknown>): Promise<T> {
  const { ok, status, body } = await post(`${hub.hubUrl}/graphql`, { query, variables });
  const answer = z.object({ data: schema }).safeParse(body);
  const errors = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) }).safeParse(body);
  if (errors.success) throw refusal(errors.data.errors[0]?.message ?? "");
  if (ok && answer.success) return answer.data.data;
  throw down(hub.hubUrl, ok ? "its answer is not that of a Snapshot hub" : `it answered with status ${status}`, answer.error);
}

const receiptSchema = z.object({ id: z.string().min(1), ipfs: z.string().nullish() });
const refusedSchema = z.object({ error_description: z.string().min(1) });

/** What the sequencer took: the message's id and, if it pins, the CID of the envelope. */
export type Receipt = z.infer<typeof receiptSchema>;

/** Has the library sign with its own type lists, and sends the envelope. @throws X0T_SNAPSHOT_DOWN, X0T_SNAPSHOT_REFUSED */
export async function signAndSend(library: SnapshotLibrary, hub: Hub, sign: (client: SnapshotClient) => Promise<unknown>): Promise<Receipt> {
  const client = new library.Client(hub.sequencerUrl);
  client.send = (envelope) => sendEnvelope(hub, envelope);
  return receiptSchema.parse(await sign(client));
}

async function sendEnvelope(hub: Hub, envelope: unknown): Promise<Receipt> {
  const { ok, status, body } = await post(hub.sequencerUrl, envelope);
  const receipt = receiptSchema.safeParse(body);
  if (ok && receipt.success) return receipt.data;
  const refused = refusedSchema.safeParse(body);
  const busy = status === 425 || status === 429 || status >= 500;
  if (refused.success && !ok && !busy) throw refusal(refused.data.error_description);
  const reason = refused.success ? `: ${refused.data.error_description}` : "";
  throw down(hub.sequencerUrl, ok ? "its answer is not that of a Snapshot sequencer" : `it answered with status ${status}${reason}`);
}

async function post(url: string, body: unknown): Promise<{ ok: boolean; status: number; body: unknown }> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await readText(response);
  } catch (cause) {
    throw down(url, (cause as Error).name === "TimeoutError" ? `no answer in ${TIMEOUT_MS / 1000} s` : reasonOf(cause), cause);
  }
  try {
    return { ok: response.ok, status: response.status, body: JSON.parse(text) };
  } catch (cause) {
    throw down(url, `it answered with status ${response.status} and no JSON`, cause);
  }
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** fetch hides why: "fetch failed", caused by ECONNREFUSED. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}

function down(url: string, reason: string, cause?: unknown): X0tError {
  return new X0tError(
    "X0T_SNAPSHOT_DOWN",
    `The Snapshot hub at ${url} does not answer as it should: ${reason}. Try again later, or name another with --hub and --sequencer.`,
    { retryable: true, cause, data: { url, reason } },
  );
}

function refusal(reason: string): X0tError {
  return new X0tError("X0T_SNAPSHOT_REFUSED", `The Snapshot hub refused: "${reason}". ${wayOut(reason)}`, { data: { reason } });
}
