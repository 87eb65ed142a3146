import { useSyncExternalStore } from "react";
import { clockTime } from "../ui/time.ts";
import { onSentChange, readSent } from "./sentTransactions.ts";

/** After this long a transaction that nobody decided is no longer held against a new one. */
const HELD_MS = 600_000;

/** Why the same action should not be sent now: this tab sent it a moment ago and nobody knows yet what became of it. */
export function useUndecided(from: string | undefined, title: string | undefined): string | undefined {
  const sentAtMs = useSyncExternalStore(onSentChange, () => {
    const same = readSent().find((sent) => sent.title === title && sent.from === from && sent.isDecided !== true);
    return same !== undefined && Date.now() - same.sentAtMs < HELD_MS ? same.sentAtMs : undefined;
  });
  if (sentAtMs === undefined) return undefined;
  return `This was sent at ${clockTime(Math.floor(sentAtMs / 1000))}, and what became of it is not known yet: see the wallet's dialog (top right) before you send it again.`;
}
