import type { ErrorComponentProps } from "@tanstack/react-router";

/** A page that broke; the rest of the dashboard goes on. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  return (
    <section className="card" role="alert">
      <h1 className="mb-2 text-xl font-semibold">This page broke</h1>
      <p className="mb-4 break-words text-muted">{error instanceof Error ? error.message : String(error)}</p>
      <button type="button" className="button" onClick={reset}>
        Try again
      </button>
    </section>
  );
}
