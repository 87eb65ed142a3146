import { X0tError } from "../../core/x0tError.ts";
import { getThroughSocks } from "../socksFetch.ts";

export interface ConnectionTest {
  url: string;
  status: number;
  bytes: number;
  /** Until the first byte, and until the last. */
  firstByteMs: number;
  totalMs: number;
  /** Regions of the hops, from the entry to the exit; null if the client does not tell. */
  hops: (string | null)[] | null;
}

const MAX_BYTES = 1_048_576;

/** Fetches a small file through the client's SOCKS5 port and asks the client which way it went. @throws X0T_SOCKS */
export async function testConnection(
  { socks, url, clientApiUrl }: { socks: { host: string; port: number }; url: string; clientApiUrl: string },
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const startedMs = performance.now();
  const response = await getThroughSocks(socks, new URL(url), signal);
  let firstByteMs: number | undefined;
  let bytes = 0;
  for await (const chunk of response) {
    firstByteMs ??= performance.now() - startedMs;
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BYTES) throw new X0tError("X0T_SOCKS", `${url} is larger than ${MAX_BYTES} bytes: choose a smaller test file.`);
  }
  const totalMs = performance.now() - startedMs;
  return { url, status: response.statusCode ?? 0, bytes, firstByteMs: firstByteMs ?? totalMs, totalMs, hops: await readHops(clientApiUrl, signal) };
}

async function readHops(clientApiUrl: string, signal: AbortSignal): Promise<(string | null)[] | null> {
  const response = await fetch(`${clientApiUrl}/v1/status`, { signal });
  const { circuit } = (await response.json()) as { circuit: { region?: string }[] | null };
  return circuit?.map(({ region }) => region ?? null) ?? null;
}
