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
        {copied ? <span aria-hidden="true">✓</span> : <CopyIcon />}
      </button>
      <span role="status" className="sr-only">
        {copied ? "Copied" : ""}
      </span>
    </span>
  );
}

function CopyIcon() {
  return (
    <svg aria-hidden="true" viewBox="0 0 16 16" className="inline size-3.5" fill="none" stroke="currentColor" strokeWidth="1.5">
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 3.5v-1h-8v8h1" />
    </svg>
  );
}
