import { Link } from "@tanstack/react-router";

export function NotFound() {
  return (
    <section className="card">
      <h1 className="mb-2 text-xl font-semibold">There is no such page</h1>
      <p className="text-muted">
        The address may be mistyped. <Link to="/" className="link">Back to the network</Link>
      </p>
    </section>
  );
}
