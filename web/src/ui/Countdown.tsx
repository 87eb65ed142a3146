import { useNow } from "../data/useNow.ts";
import { Unknown } from "./Amount.tsx";
import { dateTime, duration } from "./time.ts";

/** Time until `until` (seconds since 1970) by the chain's clock; then `over`. */
export function Countdown({ until, over = "now" }: { until: number; over?: string }) {
  const now = useNow();
  if (now === undefined) return <Unknown why="the chain's time is not known" />;
  return (
    <time dateTime={new Date(until * 1000).toISOString()} title={dateTime(until)} className="tabular-nums">
      {until > now ? duration(until - now) : over}
    </time>
  );
}
