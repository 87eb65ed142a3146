import { useId, useRef } from "react";

const MAX_BYTES = 20_000;

/** A request that a node's machine wrote: pasted, or chosen as a file. */
export function RequestField({ file, value, onChange }: { file: string; value: string; onChange: (text: string) => void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const read = async (chosen: File | undefined) => {
    if (chosen !== undefined) onChange((await chosen.text()).slice(0, MAX_BYTES));
    if (input.current !== null) input.current.value = "";
  };
  return (
    <div className="grid gap-2">
      <label htmlFor={id} className="text-sm font-medium">
        The node's {file}
      </label>
      <textarea
        id={id}
        className="input font-mono"
        rows={5}
        spellCheck={false}
        autoComplete="off"
        placeholder={`Paste the whole of ${file} here`}
        maxLength={MAX_BYTES}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <div className="flex flex-wrap gap-2">
        <input ref={input} type="file" accept=".json,application/json" className="sr-only" tabIndex={-1} aria-hidden="true" onChange={(event) => void read(event.target.files?.[0])} />
        <button type="button" className="button" onClick={() => input.current?.click()}>
          Choose the file
        </button>
        {value !== "" && (
          <button type="button" className="button" onClick={() => onChange("")}>
            Clear
          </button>
        )}
      </div>
    </div>
  );
}
