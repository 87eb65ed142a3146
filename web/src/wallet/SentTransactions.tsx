import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useClient } from "wagmi";
import { getConfig } from "../config.ts";
import { isDecided, readFate, type Fate } from "../tx/followTransaction.ts";
import { forgetSent, onSentChange, readSent, rememberSent, type SentTransaction } from "../tx/sentTransactions.ts";
import { Address } from "../ui/Address.tsx";
import { Badge } from "../ui/Badge.tsx";
import type { Tone } from "../ui/Notice.tsx";
import { clockTime } from "../ui/time.ts";

const REFRESH_MS = 3_000;

let [text, list]: [string, readonly SentTransaction[]] = ["", []];
/** The same array as long as nothing changed. */
function snapshot(): readonly SentTransaction[] {
  const now = readSent();
  const nowText = JSON.stringify(now);
  if (nowText !== text) [text, list] = [nowText, now];
  return list;
}

/** What this tab sent, also before a reload, and what became of it. */
export function SentTransactions() {
  const sent = useSyncExternalStore(onSentChange, snapshot).filter(({ chainId }) => chainId === getConfig().contracts.chainId);
  if (sent.length === 0) return null;
  return (
    <section aria-labelledby="sent-title" className="grid gap-2">
      <div className="flex items-baseline justify-between gap-3">
        <h3 id="sent-title" className="font-semibold">
          Sent from this tab
        </h3>
        <button type="button" className="link cursor-pointer" onClick={() => forgetSent()}>
          Forget them
        </button>
      </div>
      <ul className="grid max-h-64 gap-2 overflow-y-auto" tabIndex={0} aria-label="Transactions sent from this tab">
        {sent.map((each) => (
          <Row key={each.hash} sent={each} />
        ))}
      </ul>
    </section>
  );
}

function Row({ sent }: { sent: SentTransaction }) {
  const client = useClient();
  const { data, error } = useQuery({
    queryKey: ["fate", sent.hash, sent.nonce],
    enabled: client !== undefined,
    refetchInterval: ({ state }) => (state.data !== undefined && isDecided(state.data) ? false : REFRESH_MS),
    queryFn: async () => {
      if (client === undefined) throw new Error("no client");
      const fate = await readFate(client, sent);
      if (isDecided(fate) && sent.isDecided !== true) rememberSent({ ...sent, isDecided: true });
      return fate;
    },
  });
  const { tone, word, note } = error !== null && data === undefined ? OFFLINE : described(data);
  return (
    <li className="rounded-lg bg-raised px-3 py-2">
      <p className="flex flex-wrap items-baseline justify-between gap-2">
        <span className="min-w-0 break-words">{sent.title}</span>
        <Badge tone={tone}>{word}</Badge>
      </p>
      <p className="text-muted">
        {clockTime(Math.floor(sent.sentAtMs / 1000))} · <Address value={sent.hash} />
      </p>
      {note !== undefined && <p>{note}</p>}
    </li>
  );
}

interface Description {
  tone: Tone | "plain";
  word: string;
  note?: string;
}

const OFFLINE: Description = { tone: "plain", word: "not known", note: "The chain does not answer; it is asked again." };

function described(fate: Fate | undefined): Description {
  switch (fate?.kind) {
    case undefined:
      return { tone: "plain", word: "asking …" };
    case "mined":
      return { tone: "good", word: fate.repriced ? "mined, with another fee" : "mined" };
    case "reverted":
      return { tone: "bad", word: "reverted", note: "It was mined, but the contract refused it: only its fee is gone." };
    case "cancelled":
      return { tone: "warn", word: "cancelled" };
    case "replaced":
      return { tone: "warn", word: "replaced", note: "The account sent another transaction in its place." };
    case "pending":
      return { tone: "info", word: "waiting" };
    case "gap":
      return {
        tone: "warn",
        word: "stuck",
        note: `It has number ${fate.nonce} of its account, and the chain waits for number ${fate.next}. After a devnet was made anew: clear the wallet's activity data.`,
      };
    case "unknown":
      return { tone: "warn", word: "not known", note: "The chain does not know it: it was dropped, or its chain was made anew." };
  }
}
