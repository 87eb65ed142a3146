import { ponder, type EventNames, type IndexingFunctionArgs } from "ponder:registry";
import { event as eventTable } from "ponder:schema";
import type { Address } from "viem";
import { provenance } from "./rules.ts";
import { passTime } from "./tick.ts";

/** What an event is about, where its arguments do not say. */
export interface Subject {
  node?: number | null;
  account?: Address;
}

type LogNames = Exclude<EventNames, `${string}:setup` | `${string}:block`>;
type Handler<Name extends LogNames> = (args: IndexingFunctionArgs<Name>) => Promise<Subject> | Promise<void>;

/** Arguments that name an account, the one that did it or whom it concerns first. */
const ACCOUNTS = ["operator", "payer", "payee", "tenant", "provider", "voter", "proposer", "challenger", "answerer", "depositor", "to", "owner", "account", "guardian", "vault"];
const MOST_TEXT = 200;
const MOST_ITEMS = 16;

/**
 * As ponder.on, for an event of a contract: what time alone made true before it is made true first, and the event is put
 * down in the table of all events.
 */
export function on<Name extends LogNames>(name: Name, handle: Handler<Name>): void {
  ponder.on(name, async (args) => {
    const { event, context } = args as unknown as IndexingFunctionArgs<"X0TToken:Paid">;
    await passTime(context.db, event.block.timestamp);
    const subject = await handle(args);
    await record(context.db, name, event, subject ?? {});
  });
}

/** As `on`, for events that have a table which says all, and are too many to be put down twice. */
export function onFrequent<Name extends LogNames>(name: Name, handle: Handler<Name>): void {
  ponder.on(name, async (args) => {
    const { event, context } = args as unknown as IndexingFunctionArgs<"X0TToken:Paid">;
    await passTime(context.db, event.block.timestamp);
    await handle(args);
  });
}

/** Events that need no table of their own. */
export function onRare(names: readonly LogNames[]): void {
  for (const name of names) on(name, async () => undefined);
}

async function record(
  db: IndexingFunctionArgs<"X0TToken:Paid">["context"]["db"],
  fullName: string,
  event: Parameters<typeof provenance>[0] & { id: string; args: unknown },
  subject: Subject,
): Promise<void> {
  const [contract, name] = fullName.split(":") as [string, string];
  const args = (event.args ?? {}) as Record<string, unknown>;
  const node = subject.node === undefined ? args["node"] : subject.node;
  const account = subject.account ?? ACCOUNTS.map((key) => args[key]).find((value) => typeof value === "string");
  await db.insert(eventTable).values({
    id: event.id,
    contract,
    name,
    node: typeof node === "number" ? node : null,
    account: account === undefined ? null : (account as Address),
    args: JSON.stringify(args, shorten),
    ...provenance(event),
  });
}

function shorten(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "string" && value.length > MOST_TEXT) return `${value.slice(0, MOST_TEXT)}…`;
  if (Array.isArray(value) && value.length > MOST_ITEMS) return value.slice(0, MOST_ITEMS);
  return value;
}
