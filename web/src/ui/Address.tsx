import { useState } from "react";

/** An address, hash or CID. Short ones are for lists only, with the whole on hover and by the copy button; `full` for whatever is signed. */
export function Address({ value, full = false }: { value: string; full?: boolean }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <span className="inline-flex max-w-full items-baseline gap-1">
      <code className={full ? "break-all" : "whitespace-nowrap"} title={value}>
        {full ? value : `${value.slice(0, 8)}…${value.slice(-6)}`}
      </code>
      <button type="button" className="cursor-pointer rounded px-1 text-muted hover:text-text" onClick={() => void copy()} aria-label={`Copy ${value}`}>
        <span aria-hidden="true">{copied ? "✓" : "⧉"}</span>
      </button>
      <span role="status" className="sr-only">
        {copied ? "Copied" : ""}
      </span>
    </span>
  );
}
