import { setTimeout as delay } from "node:timers/promises";
import { X0tError } from "../core/x0tError.ts";
import { lastMessages } from "./logFile.ts";
import type { StatePaths } from "./paths.ts";
import type { DevnetPorts } from "./ports.ts";
import { getThroughSocks } from "./socksFetch.ts";

const PATIENCE_MS = 90_000;
const TRY_MS = 15_000;
const PAUSE_MS = 250;

/** Fetches the origin's small file through the relays, again and again, until it comes. @throws X0T_NO_TRAFFIC */
export async function waitForTraffic(ports: DevnetPorts, paths: StatePaths, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  const either = AbortSignal.any([signal, deadline]);
  const proxy = { host: "127.0.0.1", port: ports.socks };
  const url = new URL(`http://127.0.0.1:${ports.origin}/1k.txt`);
  let last: unknown;
  while (!either.aborted) {
    try {
      const response = await getThroughSocks(proxy, url, AbortSignal.any([either, AbortSignal.timeout(TRY_MS)]));
      let bytes = 0;
      for await (const chunk of response) bytes += (chunk as Buffer).length;
      if (response.statusCode === 200 && bytes > 0) return;
      last = new Error(`the origin answered ${response.statusCode}`);
    } catch (error) {
      last = error;
    }
    await delay(PAUSE_MS, undefined, { signal: either }).catch(() => undefined);
  }
  signal.throwIfAborted();
  const words = lastMessages(paths.logFile("client"), 0, 4).map((line) => `\n    ${line.slice(0, 300)}`);
  throw new X0tError(
    "X0T_NO_TRAFFIC",
    `No traffic passed the relays within ${PATIENCE_MS / 1000} s: ${(last as Error | undefined)?.message ?? "no answer"}. The client's log: ${paths.logFile("client")}${words.join("")}`,
    { cause: last },
  );
}
