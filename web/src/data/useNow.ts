import { useSyncExternalStore } from "react";
import { useIndexStatus } from "./useIndexStatus.ts";

const TICK_MS = 1_000;

function subscribe(onTick: () => void): () => void {
  const timer = setInterval(onTick, TICK_MS);
  return () => clearInterval(timer);
}

const readSeconds = () => Math.floor(Date.now() / 1000);

/**
 * The chain's time in seconds since 1970, once a second: that of its newest block and what passed since it was read, so
 * that a wrong clock of the user's machine does not matter. Undefined until the chain's time is known.
 */
export function useNow(): number | undefined {
  const wall = useSyncExternalStore(subscribe, readSeconds);
  const { data } = useIndexStatus();
  // What is indexed may be long ago: without the head the time is not known.
  const block = data?.head;
  if (data === undefined || block === undefined || block === null) return undefined;
  return block.timestamp + Math.max(0, wall - Math.floor(data.askedAtMs / 1000));
}
