import { useState } from "react";

/** A command or a setting to be copied as it stands. */
export function CopyCode({ code, name }: { code: string; name: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <div className="flex items-start gap-2 rounded-lg bg-raised p-2 pl-3">
      <code className="min-w-0 flex-1 py-1 text-sm wrap-anywhere whitespace-pre-wrap">{code}</code>
      <button type="button" className="button min-h-8 shrink-0 px-3 py-1" onClick={() => void copy()} aria-label={`Copy ${name}`}>
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
