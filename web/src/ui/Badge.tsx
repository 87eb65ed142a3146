import type { ReactNode } from "react";
import type { Tone } from "./Notice.tsx";

const TONES: Record<Tone | "plain", string> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  plain: "bg-raised text-muted",
};

/** A state in a word; the colour only repeats what the word says. */
export function Badge({ tone = "plain", title, children }: { tone?: Tone | "plain"; title?: string; children: ReactNode }) {
  return (
    <span title={title} className={`inline-block rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}>
      {children}
    </span>
  );
}
