import type { ReactNode } from "react";

/** A figure with its name and where it comes from. */
export function Stat({ label, value, note }: { label: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="card min-w-0">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="mt-1 text-base font-semibold sm:text-xl break-words tabular-nums">{value}</dd>
      {note !== undefined && <dd className="mt-1 text-xs text-muted">{note}</dd>}
    </div>
  );
}

export function Stats({ children }: { children: ReactNode }) {
  return <dl className="mb-5 grid grid-cols-2 gap-3 lg:grid-cols-4">{children}</dl>;
}
