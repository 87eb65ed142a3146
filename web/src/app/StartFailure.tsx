/** What a person sees when not even the configuration could be read. */
export function StartFailure({ error }: { error: Error }) {
  return (
    <main className="mx-auto max-w-xl p-8" role="alert">
      <h1 className="mb-3 text-xl font-semibold">The dashboard could not start</h1>
      <p className="mb-3">{error.message}</p>
      <p className="text-muted">
        Is the network running? Start it with <code>./x0t up</code>, then load this page again.
      </p>
      <button type="button" className="button mt-4" onClick={() => location.reload()}>
        Load again
      </button>
    </main>
  );
}
