import type { ReactNode } from "react";

export type Tone = "good" | "warn" | "bad" | "info";

const TONES: Record<Tone, string> = {
  good: "border-good bg-good-soft",
  warn: "border-warn bg-warn-soft",
  bad: "border-bad bg-bad-soft",
  info: "border-info bg-info-soft",
};

/** A message with its reason and, if there is one, what to do. */
export function Notice({ tone, title, children, action }: { tone: Tone; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div role={tone === "bad" ? "alert" : "status"} className={`flex flex-wrap items-center gap-3 rounded-lg border-l-4 px-4 py-3 text-sm ${TONES[tone]}`}>
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        {children !== undefined && <div className="wrap-anywhere">{children}</div>}
      </div>
      {action}
    </div>
  );
}
