import { useId, type ReactNode } from "react";
import { useFilters } from "../../data/useFilters.ts";

/** What an offer must have; all of it stands in the URL. */
export function OfferFilters({ regions }: { regions: readonly string[] }) {
  const [search, change] = useFilters();
  return (
    <form className="card grid grid-cols-2 items-end gap-3 sm:grid-cols-3 lg:grid-cols-6" role="search" aria-label="Filter the offers" onSubmit={(event) => event.preventDefault()}>
      <Field label="Price at most (X0T)">
        {(id) => <input id={id} className="input" inputMode="decimal" placeholder="any" value={search.price ?? ""} onChange={(event) => change({ price: event.target.value || undefined })} />}
      </Field>
      <Field label="Region begins with">
        {(id) => (
          <>
            <input id={id} className="input" list={`${id}-list`} placeholder="any, such as eu" value={search.region ?? ""} onChange={(event) => change({ region: event.target.value || undefined })} />
            <datalist id={`${id}-list`}>
              {regions.map((region) => (
                <option key={region} value={region} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label="Promises at least (%)">
        {(id) => <input id={id} className="input" inputMode="decimal" placeholder="any" value={search.uptime ?? ""} onChange={(event) => change({ uptime: event.target.value || undefined })} />}
      </Field>
      <Field label="Proved at least (%)">
        {(id) => <input id={id} className="input" inputMode="decimal" placeholder="any" value={search.proved ?? ""} onChange={(event) => change({ proved: event.target.value || undefined })} />}
      </Field>
      <Field label="Trust">
        {(id) => (
          <select id={id} className="input" value={search.trust ?? ""} onChange={(event) => change({ trust: event.target.value || undefined })}>
            <option value="">any</option>
            <option value="unslashed">never slashed</option>
            <option value="kept">and kept every lease</option>
          </select>
        )}
      </Field>
      <label className="flex min-h-10 items-center gap-2 text-sm">
        <input type="checkbox" className="size-4 accent-accent" checked={search.free === "yes"} onChange={(event) => change({ free: event.target.checked ? "yes" : undefined })} />
        Free now only
      </label>
    </form>
  );
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm text-muted">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
