const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What is open, newest last: a signal closes all of it, for servers outlive whoever started them. */
const open = new Set<() => Promise<unknown>>();
let watching = false;

/** @returns `close`, which a signal also runs if nobody has. */
export function closeOnSignal(close: () => Promise<unknown>): () => Promise<void> {
  if (!watching) {
    watching = true;
    for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => void closeAll().finally(() => process.exit(code)));
  }
  open.add(close);
  return async () => {
    if (open.delete(close)) await close();
  };
}

async function closeAll(): Promise<void> {
  for (const close of [...open].reverse()) await close().catch(() => undefined);
}
